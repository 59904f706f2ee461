// Package parquet reads columns of Apache Parquet files in parts: byte strings, such as pictures,
// and whole numbers, such as their classes, one value for each row.
//
//	PAR1                    4 bytes
//	pages                   of one column of one row group after the other
//	footer                  the schema, and where the pages of each column begin
//	length of the footer    4 bytes, little endian
//	PAR1
//
// A page is a header and, compressed, the levels that say which values are null, and the
// values in one of several encodings. It can be decoded alone, or with the dictionary of its
// column chunk: [File.Pages] finds all pages of a column by their headers, and [File.Bytes]
// decodes one, so that a row costs the page it is in and not its group.
//
// Read are: pages of either version; plain, dictionary, delta (numbers, lengths, strings) and
// run-length encodings; no compression, snappy, gzip and zstd; columns in structures, and null
// values. A value of a list, encryption, and the other compressions are refused by name.
//
// # What is not believed
//
// A length is compared with the bytes that there are before anything is allocated for it. A page
// may have at most [MostPage] bytes unpacked and [MostValues] values, or [MostStrings]; a snappy
// page, which says how long it becomes, is held to the most that its format can make of its bytes,
// and from other compressions memory grows as bytes come out. The checksum of a page that has one
// is compared.
package parquet
