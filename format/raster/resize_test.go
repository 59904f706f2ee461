package raster

import (
	"bytes"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// resizedAcross is the picture with its rows resized to w pixels, one product after another.
func resizedAcross(m Image, w int) Image {
	r, across := new(memory).image(m.H, w, m.C), new(axis).set(m.W, w, 0, w)
	for y := range r.H {
		for x, t := range across {
			for c := range m.C {
				sum := int32(half)
				for i, weight := range t.weights {
					sum += int32(weight) * int32(m.row(y)[(t.from+i)*m.C+c])
				}
				r.row(y)[x*m.C+c] = uint8(min(max(sum>>fraction, 0), 255))
			}
		}
	}
	return r
}

// transposed swaps rows and columns.
func transposed(m Image) Image { return orient(m, 5, new(memory)) }

// A part of a resize is that part of the whole one, and each pixel the sum of its weighted products:
// two in one integer do not touch each other, though the picture is of black and white.
func TestResizeIsItsSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.IntRange(1, 40)
		m := new(memory).image(side.Draw(t, "H"), side.Draw(t, "W"),
			rapid.SampledFrom([]int{1, 3}).Draw(t, "C"))
		for k := range m.Pix {
			m.Pix[k] = rapid.SampledFrom([]uint8{0, 1, 128, 254, 255}).Draw(t, "value")
		}
		h, w := side.Draw(t, "h"), side.Draw(t, "w")
		down := func(m Image) Image { return transposed(resizedAcross(transposed(m), h)) }
		want := down(resizedAcross(m, w))
		if lost := m.H - h; lost > 0 && lost > 2*(m.W-w) {
			want = resizedAcross(down(m), w)
		}
		rows, columns := spanOf(t, h), spanOf(t, w)
		want = want.cut(rows, columns, new(memory))
		got := m.resize(h, w, rows, columns, new(memory), new(scratch))
		if got.H != want.H || got.W != want.W || !bytes.Equal(got.Pix, want.Pix) {
			t.Fatalf("%d×%d to %d×%d, rows %v, columns %v: got %v, want %v", m.H, m.W, h, w, rows, columns,
				got, want)
		}
	})
}

func spanOf(t *rapid.T, n int) span {
	from := rapid.IntRange(0, n-1).Draw(t, "from")
	return span{from, rapid.IntRange(from+1, n).Draw(t, "to")}
}

// Memory that had other pictures before gives the same pictures; so does none.
func TestDecodeIntoUsedMemory(t *testing.T) {
	var pix []uint8
	for range 2 {
		for _, g := range goldens(t) {
			data, err := os.ReadFile("testdata/" + g.file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := Decode(data, g.want)
			if err != nil {
				t.Fatal(err)
			}
			room := cap(pix)
			got, err := DecodeInto(pix, data, g.want)
			if err != nil || got.H != want.H || got.W != want.W || !bytes.Equal(got.Pix, want.Pix) {
				t.Errorf("%v: in used memory it is another picture, error %v", g, err)
			}
			if len(got.Pix) <= room && &got.Pix[0] != &pix[:1][0] {
				t.Errorf("%v: got new memory, want that of %d bytes which was there", g, room)
			}
			pix = got.Pix[:cap(got.Pix)]
			for k := range pix {
				pix[k] = 99
			}
		}
	}
}
