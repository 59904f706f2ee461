package raster

import (
	"bytes"
	"encoding/binary"
)

// upright is the orientation of a picture that says nothing of it.
const upright = 1

// orientation is how a picture must be turned, 1 to 8 as EXIF counts. A block that is cut or
// makes no sense turns nothing: it is a note beside the picture and no part of it.
func (f *format) orientation(data []byte) int { return exifOrientation(f.exif(data)) }

// exifOrientation reads tag 274 of the first directory of a block in the layout of TIFF
// (CIPA DC-008): byte order, 42, the directory's offset; there the number of entries, and for each
// a tag, a type, a count and a value, 12 bytes.
func exifOrientation(b []byte) int {
	const tag, short = 274, 3
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case at(b, 0, "II*\x00"):
	case at(b, 0, "MM\x00*"):
		order = binary.BigEndian
	default:
		return upright
	}
	if len(b) < 8 {
		return upright
	}
	from := uint64(order.Uint32(b[4:]))
	if from+2 > uint64(len(b)) {
		return upright
	}
	b = b[from:]
	for n, e := order.Uint16(b), b[2:]; n > 0 && len(e) >= 12; n, e = n-1, e[12:] {
		if order.Uint16(e) != tag {
			continue
		}
		if v := order.Uint16(e[8:]); order.Uint16(e[2:]) == short && 1 <= v && v <= 8 {
			return int(v)
		}
		break
	}
	return upright
}

func noEXIF([]byte) []byte { return nil }

// exifMark begins the segment of a JPEG that holds EXIF, and in some files the chunk of a WebP.
const exifMark = "Exif\x00\x00"

// jpegEXIF walks the segments before the first scan: 0xff, a marker, and two bytes of length that
// count themselves. A marker may be preceded by more 0xff.
func jpegEXIF(data []byte) []byte {
	const app1, sos, eoi = 0xe1, 0xda, 0xd9
	for b := data[2:]; len(b) >= 4 && b[0] == 0xff; {
		if b[1] == 0xff {
			b = b[1:]
			continue
		}
		n := int(binary.BigEndian.Uint16(b[2:]))
		if b[1] == sos || b[1] == eoi || n < 2 || len(b) < 2+n {
			break
		}
		if b[1] == app1 && at(b[4:2+n], 0, exifMark) {
			return b[4+len(exifMark) : 2+n]
		}
		b = b[2+n:]
	}
	return nil
}

// pngEXIF walks the chunks: length, name, so many bytes, checksum.
func pngEXIF(data []byte) []byte {
	for b := data[8:]; len(b) >= 12; {
		n := uint64(binary.BigEndian.Uint32(b))
		if n+12 > uint64(len(b)) {
			break
		}
		if at(b, 4, "eXIf") {
			return b[8 : 8+n]
		}
		b = b[12+n:]
	}
	return nil
}

// webpEXIF walks the chunks of the RIFF: name, length, so many bytes, made even.
func webpEXIF(data []byte) []byte {
	for b := data[12:]; len(b) >= 8; {
		n := uint64(binary.LittleEndian.Uint32(b[4:]))
		if n+8 > uint64(len(b)) {
			break
		}
		if at(b, 0, "EXIF") {
			return bytes.TrimPrefix(b[8:8+n], []byte(exifMark))
		}
		b = b[min(8+n+n&1, uint64(len(b))):]
	}
	return nil
}
