package tfevents

import (
	"encoding/binary"
	"hash/crc32"
)

// appendRecord frames data as a TFRecord:
//
//	8 bytes   length, little endian
//	4 bytes   masked CRC-32C of the length
//	          data
//	4 bytes   masked CRC-32C of the data
func appendRecord(b, data []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
	b = binary.LittleEndian.AppendUint32(b, maskedCRC(b[len(b)-8:]))
	b = append(b, data...)
	return binary.LittleEndian.AppendUint32(b, maskedCRC(data))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maskedCRC rotates the checksum by 15 bits and adds a constant, so that the
// checksum of bytes which hold checksums stays meaningful.
func maskedCRC(b []byte) uint32 {
	crc := crc32.Checksum(b, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}
