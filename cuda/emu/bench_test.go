//go:build unix

package emu

import (
	"syscall"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// cpuSeconds is the processor time of the process: the machines this runs on
// are seldom idle.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

const benchLen = 1 << 16 // elements

// benchKernels are the prototype's kernels with the arguments they take.
var benchKernels = []struct {
	name        string
	grid, block [3]uint32
	args        func(r *rig) []uint64
}{
	{"silu_bias", [3]uint32{64, 1, 1}, [3]uint32{256, 1, 1}, func(r *rig) []uint64 {
		return []uint64{put(r, normals(benchLen, 1)), put(r, normals(64, 2)), r.alloc(4 * benchLen),
			benchLen, 64, 16}
	}},
	{"groupnorm", [3]uint32{16, 1, 1}, [3]uint32{256, 1, 1}, func(r *rig) []uint64 {
		return []uint64{put(r, normals(benchLen, 1)), put(r, normals(64, 2)), put(r, normals(64, 3)),
			r.alloc(4 * benchLen), r.alloc(64), r.alloc(64), 16, 4, 1024, bitsOf(1e-5)}
	}},
	{"sgemm", [3]uint32{2, 2, 1}, [3]uint32{256, 1, 1}, func(r *rig) []uint64 {
		return []uint64{put(r, normals(128*128, 1)), put(r, normals(128*128, 2)), r.alloc(4 * 128 * 128),
			128, 128, 128}
	}},
	{"adam", [3]uint32{benchLen / 256, 1, 1}, [3]uint32{256, 1, 1}, func(r *rig) []uint64 {
		v := normals(benchLen, 4)
		for i := range v {
			v[i] *= v[i]
		}
		return []uint64{put(r, normals(benchLen, 1)), r.alloc(2 * benchLen), put(r, normals(benchLen, 2)),
			put(r, normals(benchLen, 3)), put(r, v), benchLen,
			bitsOf(1e-3), bitsOf(.9), bitsOf(.999), bitsOf(1e-8), bitsOf(.01), bitsOf(.1), bitsOf(.001)}
	}},
	{"bf16_gemm", [3]uint32{2, 2, 1}, [3]uint32{128, 1, 1}, func(r *rig) []uint64 {
		return []uint64{put(r, bf16s(normals(128*128, 1))), put(r, bf16s(normals(128*128, 2))),
			r.alloc(4 * 128 * 128), 128, 128, 128}
	}},
}

// BenchmarkKernels prints thread instructions a second of processor time of the prototype's
// kernels, with every check on and with none.
func BenchmarkKernels(b *testing.B) {
	ptx := readFile(b, "prototype_80.ptx")
	for _, k := range benchKernels {
		for _, o := range []Options{{}, {Unchecked: true}} {
			name := k.name + "/checked"
			if o.Unchecked {
				name = k.name + "/unchecked"
			}
			b.Run(name, func(b *testing.B) {
				r := newRig(b, o)
				f := r.load(ptx, k.name)
				args := k.args(r)
				r.must(r.Launch(f, k.grid, k.block, 0, 0, args))
				r.must(r.Synchronize(0))
				r.ResetCounts()
				start := cpuSeconds()
				for b.Loop() {
					r.must(r.Launch(f, k.grid, k.block, 0, 0, args))
					r.must(r.Synchronize(driver.Stream(0)))
				}
				s := cpuSeconds() - start
				c := r.Counts()[0]
				b.ReportMetric(float64(c.ThreadInstructions)/s/1e6, "Minst/s")
				b.ReportMetric(float64(c.FP32+c.TensorFLOPs)/s/1e6, "Mflop/s")
				r.close()
			})
		}
	}
}
