package amxemu

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// What palette 1, the only one, has.
const (
	tiles   = 8
	maxRows = 16
	rowSize = 64 // bytes
)

// The exceptions that a tile instruction raises. A system makes SIGILL of the first and SIGSEGV of the
// second; a *Fault of memory is SIGSEGV too.
var (
	ErrUndefined  = errors.New("invalid opcode (#UD)")
	ErrProtection = errors.New("general protection (#GP)")
)

// A Fault is an access to memory that failed.
type Fault struct {
	Address uint64
	Err     error
}

func (f *Fault) Error() string { return fmt.Sprintf("page fault at %#x: %v", f.Address, f.Err) }

// Memory is the memory of the program: rows of equal length, stride bytes from each to the next. The
// error of memory that cannot be accessed is a *Fault.
type Memory interface {
	Read(rows []byte, count int, address, stride uint64) error
	Write(rows []byte, count int, address, stride uint64) error
}

// Registers are the general registers by their numbers in instructions: AX, CX, DX, BX, SP, BP, SI, DI,
// R8 to R15.
type Registers [16]uint64

// A tile is rows of 64 bytes, of which Rows of ColBytes are used and the others are zero.
type tile struct {
	rows, colBytes int
	data           [maxRows * rowSize]byte
}

// Tiles is the tile state of one thread. The zero value is the state in which a thread begins and which
// TILERELEASE restores: nothing is configured.
type Tiles struct {
	palette, startRow byte
	tile              [tiles]tile
}

// Configured says whether tiles are in use.
func (t *Tiles) Configured() bool { return t.palette != 0 }

// Poison fills all tiles with NaN, as if another program had used them with the same configuration.
func (t *Tiles) Poison() {
	for i := range t.tile {
		for j := range t.tile[i].data {
			t.tile[i].data[j] = 0xff
		}
	}
}

// Execute runs one instruction. next is the address of the one after it. An error is one of the
// exceptions above, wrapped with what was wrong, and leaves the state and the memory as they were.
func (t *Tiles) Execute(in Instruction, r *Registers, next uint64, m Memory) error {
	address := uint64(in.Offset)
	if in.Following {
		address += next
	}
	if in.Base != none {
		address += r[in.Base]
	}
	stride := uint64(0)
	if in.Index != none {
		stride = r[in.Index] * in.Scale
	}
	switch in.Op {
	case LoadConfig:
		var c [rowSize]byte
		if err := m.Read(c[:], 1, address+stride, 0); err != nil {
			return err
		}
		return t.configure(&c)
	case StoreConfig:
		c := t.configuration()
		return m.Write(c[:], 1, address+stride, 0)
	case Release:
		*t = Tiles{}
		return nil
	case DotBF16:
		return t.dotBF16(in)
	}
	d, err := t.valid(in.Tile)
	if err != nil {
		return err
	}
	switch in.Op {
	case Zero:
		clear(d.data[:])
	case Load, LoadOnce:
		err = t.load(d, address, stride, m)
	case Store:
		err = t.store(d, address, stride, m)
	}
	if err == nil {
		t.startRow = 0
	}
	return err
}

// valid is tile n, which must be configured and have whole words of 32 bits.
func (t *Tiles) valid(n int) (*tile, error) {
	d := &t.tile[n]
	switch {
	case !t.Configured():
		return nil, fmt.Errorf("no tile is configured: %w", ErrUndefined)
	case d.rows == 0:
		return nil, fmt.Errorf("tile %d is not configured: %w", n, ErrUndefined)
	case d.colBytes%4 != 0:
		return nil, fmt.Errorf("tile %d has rows of %d bytes, want a multiple of 4: %w", n, d.colBytes,
			ErrUndefined)
	}
	return d, nil
}

// begun is the first row of a load or store, which goes on where an interrupted one stopped.
func (t *Tiles) begun(d *tile) (int, error) {
	if int(t.startRow) >= d.rows {
		return 0, fmt.Errorf("start row %d of %d: %w", t.startRow, d.rows, ErrUndefined)
	}
	return int(t.startRow), nil
}

// load fills a tile from memory and zeroes what it does not use.
func (t *Tiles) load(d *tile, address, stride uint64, m Memory) error {
	first, err := t.begun(d)
	if err != nil {
		return err
	}
	var rows [maxRows * rowSize]byte
	n, size := d.rows-first, d.colBytes
	if err := m.Read(rows[:n*size], n, address+uint64(first)*stride, stride); err != nil {
		return err
	}
	clear(d.data[first*rowSize:])
	for i := range n {
		row := d.data[(first+i)*rowSize:][:rowSize]
		clear(row[copy(row, rows[i*size:][:size]):])
	}
	return nil
}

// store writes a tile to memory.
func (t *Tiles) store(d *tile, address, stride uint64, m Memory) error {
	first, err := t.begun(d)
	if err != nil {
		return err
	}
	var rows [maxRows * rowSize]byte
	n, size := d.rows-first, d.colBytes
	for i := range n {
		copy(rows[i*size:][:size], d.data[(first+i)*rowSize:])
	}
	return m.Write(rows[:n*size], n, address+uint64(first)*stride, stride)
}

// Where a configuration of 64 bytes has what: the palette, the row to go on with, eight words of the bytes
// of a row and eight bytes of the number of rows. All else is zero.
const startRowAt, colBytesAt, rowsAt = 1, 16, 48

// configure is LDTILECFG. It zeroes all tiles.
func (t *Tiles) configure(c *[rowSize]byte) error {
	if c[0] == 0 {
		*t = Tiles{}
		return nil
	}
	if c[0] != 1 {
		return fmt.Errorf("palette %d, want 0 or 1: %w", c[0], ErrProtection)
	}
	n := Tiles{palette: 1, startRow: c[startRowAt]}
	used := [rowSize]bool{0: true, startRowAt: true}
	for i := range tiles {
		at := colBytesAt + 2*i
		used[at], used[at+1], used[rowsAt+i] = true, true, true
		d := &n.tile[i]
		d.colBytes, d.rows = int(binary.LittleEndian.Uint16(c[at:])), int(c[rowsAt+i])
		if d.rows > maxRows || d.colBytes > rowSize || (d.rows == 0) != (d.colBytes == 0) {
			return fmt.Errorf("tile %d of %d rows of %d bytes: %w", i, d.rows, d.colBytes, ErrProtection)
		}
	}
	for i, v := range c {
		if v != 0 && !used[i] {
			return fmt.Errorf("byte %d of the configuration is %d, want 0: %w", i, v, ErrProtection)
		}
	}
	*t = n
	return nil
}

// configuration is what STTILECFG writes: zeros where nothing is configured.
func (t *Tiles) configuration() [rowSize]byte {
	c := [rowSize]byte{0: t.palette, startRowAt: t.startRow}
	for i := range tiles {
		binary.LittleEndian.PutUint16(c[colBytesAt+2*i:], uint16(t.tile[i].colBytes))
		c[rowsAt+i] = byte(t.tile[i].rows)
	}
	return c
}
