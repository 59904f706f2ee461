package cmd

import (
	"fmt"
	"io"
	"slices"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/plan"
)

// kernelCount sums up the launches of one kernel. LeastBytes and LeastFLOPs are what
// the operators need at least: those of a step and of its epilogue, shared among the
// step's launches in proportion to the bytes that each moved.
type kernelCount struct {
	cuda.Count
	LeastBytes float64 `json:"least_bytes"`
	LeastFLOPs float64 `json:"least_flops"`
}

// printCounts prints what the emulator counted of one step, by kernel, beside
// the least that the operators need, and returns it.
func printCounts(w io.Writer, p *plan.Plan, counts []cuda.Count) []kernelCount {
	moved, computed := make([]float64, len(p.Steps)), make([]float64, len(p.Steps))
	launched := make([]bool, len(p.Steps))
	for _, c := range counts {
		launched[c.Step] = true
		moved[c.Step] += movedBytes(c)
		computed[c.Step] += float64(c.FP32 + c.TensorFLOPs)
	}
	leastBytes, leastFLOPs := work(p, launched, p.Bytes), work(p, launched, p.FLOPs)
	kernels := map[string]*kernelCount{}
	var names []string
	for _, c := range counts {
		k := kernels[c.Kernel]
		if k == nil {
			k = &kernelCount{Count: cuda.Count{Step: c.Step}}
			k.Kernel = c.Kernel
			kernels[c.Kernel] = k
			names = append(names, c.Kernel)
		}
		k.Counts.Add(&c.Counts)
		if m := moved[c.Step]; m > 0 {
			k.LeastBytes += leastBytes(c.Step) * movedBytes(c) / m
		}
		if f := computed[c.Step]; f > 0 {
			k.LeastFLOPs += leastFLOPs(c.Step) * float64(c.FP32+c.TensorFLOPs) / f
		}
	}
	slices.Sort(names)
	fmt.Fprintf(w, "counted, not measured\n\n%-28s %8s %12s %12s %7s %8s %12s %12s %7s %9s\n",
		"kernel", "launches",
		"MB", "least MB", "ratio", "asked", "MFLOP", "least MFLOP", "ratio", "conflicts")
	var all kernelCount
	all.Kernel = "all"
	var list []kernelCount
	for _, n := range names {
		k := kernels[n]
		list = append(list, *k)
		k.print(w)
		all.Counts.Add(&k.Counts)
		all.LeastBytes += k.LeastBytes
		all.LeastFLOPs += k.LeastFLOPs
	}
	all.print(w)
	return list
}

// movedBytes is the memory that the accesses of a launch's warps touch, in whole
// sectors of 32 bytes, as it moves between a multiprocessor and the rest.
func movedBytes(c cuda.Count) float64 { return 32 * float64(c.LoadSectors+c.StoreSectors) }

// print shows the bytes moved, those that the lanes asked for as a share of them
// (more than all where lanes ask for the same), and passes beyond the first for
// each access of shared memory.
func (k *kernelCount) print(w io.Writer) {
	bytes, flops := movedBytes(k.Count), float64(k.FP32+k.TensorFLOPs)
	asked := float64(k.BytesRead + k.BytesWritten)
	fmt.Fprintf(w, "%-28s %8d %12.3f %12.3f %7.2f %7.0f%% %12.3f %12.3f %7.2f %9.2f\n",
		k.Kernel, k.Launches, bytes/1e6,
		k.LeastBytes/1e6, bytes/k.LeastBytes, 100*asked/bytes,
		flops/1e6, k.LeastFLOPs/1e6, flops/k.LeastFLOPs,
		float64(k.BankConflicts)/float64(max(k.SharedAccesses, 1)))
}
