package datasets

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// byteImages is a source of images kept in memory as one byte for each value, a
// quarter of what float32 would take.
type byteImages struct {
	info   Info
	pixels []byte       // Count × Shape.Len()
	labels []byte       // Count, nil where the images have no labels
	value  [256]float32 // what a pixel becomes
}

// newByteImages completes info, which must hold all but Image, Lo, Hi, Levels
// and Fingerprint. Pixels lie in 0 … top and labels below info.Classes: the caller
// has checked both, and that the lengths agree.
func newByteImages(info Info, pixels, labels []byte, top int) *byteImages {
	info.Image, info.Lo, info.Hi, info.Levels = true, -1, 1, top+1
	info.Fingerprint = fingerprint(info, pixels, labels, top)
	return &byteImages{info: info, pixels: pixels, labels: labels, value: byteValues(top)}
}

// byteValues are the values of bytes of which top is the largest: byte p becomes (2p − top)/top,
// correctly rounded.
func byteValues(top int) (value [256]float32) {
	for p := range value {
		value[p] = float32(float64(2*p-top) / float64(top))
	}
	return value
}

func (b *byteImages) Info() Info { return b.info }

// Read converts one byte and writes four for each value: a table lookup, with
// the 1 KB table in the first-level cache.
func (b *byteImages) Read(dst []float32, i int) (int32, error) {
	checkRead(&b.info, dst, i)
	n := len(dst)
	for k, p := range b.pixels[i*n : (i+1)*n] {
		dst[k] = b.value[p]
	}
	if b.labels == nil {
		return NoLabel, nil
	}
	return int32(b.labels[i]), nil
}

// fingerprint is the SHA-256 of the numbers that give the bytes their meaning,
// then the pixels, then the labels. Name and credit are no part of it: a copy
// under another name is the same data.
func fingerprint(info Info, pixels, labels []byte, top int) string {
	h := sha256.New()
	for _, n := range []int{info.Count, info.Shape.H, info.Shape.W, info.Shape.C, info.Classes, top} {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	}
	h.Write(pixels)
	h.Write(labels)
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
