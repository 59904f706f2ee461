// Package safetensors reads and writes the safetensors format: named arrays in
// one file that can be read one at a time and never executes anything.
//
//	8 bytes      N, little endian: the length of the header, at most 100,000,000
//	N bytes      a JSON object, padded with spaces
//	the rest     the arrays' bytes, little endian, row-major, end to end
//
// The header maps each name to {"dtype": "F32", "shape": [2, 3], "data_offsets":
// [begin, end]}, offsets counted from the end of the header; "__metadata__" maps
// strings to strings. The arrays cover the rest of the file without overlap or
// hole, so a file has one meaning and a length.
//
// # Checksums
//
// The format has none. Files written here carry their own, in the metadata,
// where other readers see two more strings and pass them by:
//
//	checksum.NAME   "crc32c:" and eight hex digits: CRC-32C (Castagnoli) of the bytes of tensor NAME
//	checksum        the same of the header's meaning: see [Write]
//
// A file that has any of them must have all, so one changed byte anywhere is
// either without effect (a space of the padding) or an error: [Open] verifies
// the header and every read of a tensor its bytes. CRC-32C finds every burst of
// up to 32 bits and misses other damage once in 2³²; it guards against disks and
// interrupted copies, not against an adversary. Files without checksums are read
// on trust in their structure alone. Metadata returned by this package leaves
// the checksums out.
//
// # Trust
//
// No length is believed before it is compared with the size of the file. To open
// one takes memory for its header, which is at most 100,000,000 bytes by the format,
// and some 100 MB more at most: a file has at most 262,144 tensors here, with names of at
// most 4,096 bytes, limits that the format does not have and no file we know of comes
// near. The official implementation passes by a repeated key, a fourth member of an
// entry and a null metadata; here they are errors, for a file should have one meaning.
// What an error says of a name or a value is quoted and cut.
package safetensors
