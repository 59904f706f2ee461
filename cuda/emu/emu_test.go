package emu

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// rig is a context with the few steps most tests take.
type rig struct {
	t testing.TB
	*Context
	host  [][]byte
	ptrs  []driver.Ptr
	mods  []driver.Module
	clean bool // close without a leak
}

func newRig(t testing.TB, o Options) *rig {
	t.Helper()
	c, err := New(o).Open(0)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, Context: c.(*Context), clean: true}
}

// close frees everything and expects no leak.
func (r *rig) close() {
	r.t.Helper()
	for _, p := range r.ptrs {
		r.must(r.Free(p))
	}
	for _, b := range r.host {
		r.must(r.FreeHost(b))
	}
	for _, m := range r.mods {
		r.must(r.Unload(m))
	}
	r.must(r.Close())
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) load(ptx string, name string) driver.Function {
	r.t.Helper()
	m, err := r.Load([]byte(ptx))
	r.must(err)
	r.mods = append(r.mods, m)
	f, err := r.Function(m, name)
	r.must(err)
	return f
}

func (r *rig) alloc(n int) uint64 {
	r.t.Helper()
	p, err := r.Alloc(uint64(n))
	r.must(err)
	r.ptrs = append(r.ptrs, p)
	return uint64(p)
}

func (r *rig) pin(n int) []byte {
	r.t.Helper()
	b, err := r.AllocHost(n)
	r.must(err)
	r.host = append(r.host, b)
	return b
}

// put copies values to new device memory.
func put[T any](r *rig, v []T) uint64 {
	r.t.Helper()
	n := len(v) * int(unsafe.Sizeof(v[0]))
	b := r.pin(n)
	copy(b, unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), n))
	p := r.alloc(n)
	r.must(r.CopyToDevice(driver.Ptr(p), b, 0))
	return p
}

// get copies n values from device memory.
func get[T any](r *rig, p uint64, n int) []T {
	r.t.Helper()
	out := make([]T, n)
	b := r.pin(n * int(unsafe.Sizeof(out[0])))
	r.must(r.CopyToHost(b, driver.Ptr(p), 0))
	r.must(r.Synchronize(0))
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), len(b)), b)
	return out
}

func (r *rig) launch(f driver.Function, grid, block int, args ...uint64) {
	r.t.Helper()
	r.must(r.Launch(f, [3]uint32{uint32(grid), 1, 1}, [3]uint32{uint32(block), 1, 1}, 0, 0, args))
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func normals(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

func bitsOf(f float32) uint64 { return uint64(math.Float32bits(f)) }

// rowsOf points to the memory of a slice.
func rowsOf[T any](s []T) unsafe.Pointer { return unsafe.Pointer(&s[0]) }
