package amxemu

import (
	"encoding/binary"
	"errors"
	"testing"
)

// block is memory of 4 KiB at address base.
type block [4096]byte

const base = 0x10000

func (m *block) at(b []byte, count int, address, stride uint64, move func(mem, row []byte)) error {
	size := uint64(len(b) / count)
	for i := range uint64(count) {
		a := address + i*stride
		if a < base || a+size > base+uint64(len(m)) {
			return &Fault{Address: a, Err: errors.New("outside")}
		}
		move(m[a-base:][:size], b[i*size:][:size])
	}
	return nil
}

func (m *block) Read(b []byte, count int, address, stride uint64) error {
	return m.at(b, count, address, stride, func(mem, row []byte) { copy(row, mem) })
}

func (m *block) Write(b []byte, count int, address, stride uint64) error {
	return m.at(b, count, address, stride, func(mem, row []byte) { copy(mem, row) })
}

// shape is the rows of a tile and the bytes of each.
type shape struct{ rows, bytes int }

// configuration is what LDTILECFG reads.
func configuration(s ...shape) (c [64]byte) {
	c[0] = 1
	for i, v := range s {
		binary.LittleEndian.PutUint16(c[16+2*i:], uint16(v.bytes))
		c[48+i] = byte(v.rows)
	}
	return c
}

// do executes one instruction with its address in register 0 and its stride in register 1.
func do(t *Tiles, m Memory, in Instruction, address, stride uint64) error {
	in.Index, in.Scale = 1, 1
	if in.Op == LoadConfig || in.Op == StoreConfig {
		in.Index = none
	}
	return t.Execute(in, &Registers{address, stride}, 0, m)
}

// configured are tiles with the given shapes.
func configured(t *testing.T, s ...shape) *Tiles {
	t.Helper()
	var tl Tiles
	c := configuration(s...)
	if err := tl.configure(&c); err != nil {
		t.Fatal(err)
	}
	return &tl
}

// TestConfigure: what LDTILECFG accepts and refuses, byte by byte. A refusal leaves what there was.
func TestConfigure(t *testing.T) {
	for _, c := range []struct {
		name string
		at   int
		set  byte
		want error
	}{
		{"as it is", 0, 1, nil},
		{"a row to go on with", 1, 5, nil},
		{"palette 2", 0, 2, ErrProtection},
		{"a reserved byte at the start", 2, 1, ErrProtection},
		{"the last of them", 15, 1, ErrProtection},
		{"a ninth tile's bytes", 32, 64, ErrProtection},
		{"a reserved byte in the middle", 47, 1, ErrProtection},
		{"a ninth tile's rows", 56, 16, ErrProtection},
		{"the last byte", 63, 1, ErrProtection},
		{"rows of 65 bytes", 16, 65, ErrProtection},
		{"rows of 256 bytes more", 17, 1, ErrProtection},
		{"17 rows", 48, 17, ErrProtection},
		{"no rows", 48, 0, ErrProtection},
		{"no bytes", 16, 0, ErrProtection},
		{"rows of 63 bytes", 16, 63, nil}, // refused where it is used
	} {
		before := configured(t, shape{3, 8})
		before.tile[0].data[0] = 7
		tl := *before
		b := configuration(shape{16, 64}, shape{1, 4})
		b[c.at] = c.set
		err := tl.configure(&b)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		if c.want != nil && tl != *before {
			t.Errorf("%s: refused, and yet something changed", c.name)
		}
		if c.want == nil && (tl.configuration() != b || tl.tile[0].data[0] != 0) {
			t.Errorf("%s: STTILECFG would write %v, want %v; tile 0 begins with %d", c.name,
				tl.configuration(), b, tl.tile[0].data[0])
		}
	}
	tl := configured(t, shape{3, 8})
	b := [64]byte{2: 9, 63: 9} // palette 0 is TILERELEASE, whatever follows it
	if err := tl.configure(&b); err != nil || *tl != (Tiles{}) {
		t.Errorf("palette 0: %v, %v configured", err, tl.Configured())
	}
}

// TestMoves: loads and stores touch the rows and bytes of the configuration and no others; the rest of a
// tile becomes zero; what is not there, and what goes on beyond the last row, is refused.
func TestMoves(t *testing.T) {
	tl := configured(t, shape{3, 8}, shape{16, 64}, shape{2, 6})
	var m block
	for i := range m {
		m[i] = byte(i%251 + 1)
	}
	was := m
	tl.tile[0].data[rowSize*3], tl.tile[0].data[8] = 1, 1
	if err := do(tl, &m, Instruction{Op: Load}, base+5, 100); err != nil {
		t.Fatal(err)
	}
	for i, v := range tl.tile[0].data {
		want := byte(0)
		if row, column := i/rowSize, i%rowSize; row < 3 && column < 8 {
			want = was[5+100*row+column]
		}
		if v != want {
			t.Fatalf("byte %d of the tile is %d, want %d", i, v, want)
		}
	}
	if err := do(tl, &m, Instruction{Op: Store}, base+2000, 50); err != nil {
		t.Fatal(err)
	}
	for i, v := range m {
		want := was[i]
		if o := i - 2000; o >= 0 && o/50 < 3 && o%50 < 8 {
			want = was[5+100*(o/50)+o%50]
		}
		if v != want {
			t.Fatalf("byte %d of memory is %d, want %d", i, v, want)
		}
	}
	var fault *Fault
	state := *tl
	for _, op := range []Op{Load, LoadOnce, Store} {
		if err := do(tl, &m, Instruction{Op: op, Tile: 1}, base+4096-15*64-32, 64); !errors.As(err, &fault) ||
			fault.Address != base+4096-32 {
			t.Errorf("%v at the end of memory: got %v", op, err)
		}
		for n, why := range map[int]string{2: "rows of 6 bytes", 3: "not configured"} {
			if err := do(tl, &m, Instruction{Op: op, Tile: n}, base, 64); !errors.Is(err, ErrUndefined) {
				t.Errorf("%v of a tile with %s: got %v", op, why, err)
			}
		}
	}
	if *tl != state {
		t.Error("a refused instruction changed a tile")
	}
}

// TestStartRow: a load goes on where an interrupted one stopped, and ends that.
func TestStartRow(t *testing.T) {
	var m block
	for i := range m {
		m[i] = 9
	}
	c := configuration(shape{4, 4})
	for start, want := range map[byte]error{0: nil, 3: nil, 4: ErrUndefined} {
		c[1] = start
		var tl Tiles
		if err := tl.configure(&c); err != nil {
			t.Fatal(err)
		}
		err := do(&tl, &m, Instruction{Op: Load}, base, 4)
		if !errors.Is(err, want) {
			t.Errorf("from row %d of 4: got %v, want %v", start, err, want)
		}
		if err != nil {
			continue
		}
		for row := range 5 {
			got, loaded := tl.tile[0].data[row*rowSize], row >= int(start) && row < 4
			if (got == 9) != loaded {
				t.Errorf("from row %d: row %d has %d", start, row, got)
			}
		}
		if tl.startRow != 0 {
			t.Errorf("from row %d: it ends with start row %d", start, tl.startRow)
		}
	}
}

// TestUnconfigured: with no tile configured only the configuration can be moved, and STTILECFG writes zeros.
func TestUnconfigured(t *testing.T) {
	var m block
	for i := range m {
		m[i] = 9
	}
	for op := LoadConfig; int(op) < ops; op++ {
		var tl Tiles
		err := do(&tl, &m, Instruction{Op: op, A: 1, B: 2}, base, 64)
		switch op {
		case LoadConfig:
			if !errors.Is(err, ErrProtection) { // a palette of 9
				t.Errorf("%v: got %v", op, err)
			}
		case StoreConfig:
			if err != nil || [64]byte(m[:64]) != [64]byte{} || m[64] != 9 {
				t.Errorf("%v: got %v and % x", op, err, m[:65])
			}
		case Release:
			if err != nil {
				t.Errorf("%v: got %v", op, err)
			}
		default:
			if !errors.Is(err, ErrUndefined) {
				t.Errorf("%v: got %v, want %v", op, err, ErrUndefined)
			}
		}
	}
}
