package cmd

import (
	"fmt"
	"io"
	"slices"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/plan"
)

// kernelCount sums up the launches of one kernel. The least of a launch is its
// step's, shared among the step's launches by the bytes they moved.
type kernelCount struct {
	cuda.Count
	leastBytes, leastFLOPs float64
}

// printCounts prints what the emulator counted of one step, by kernel, beside
// the least that the operators need.
func printCounts(w io.Writer, p *plan.Plan, counts []cuda.Count) error {
	moved, work := make([]float64, len(p.Steps)), make([]float64, len(p.Steps))
	for _, c := range counts {
		moved[c.Step] += float64(c.BytesRead + c.BytesWritten)
		work[c.Step] += float64(c.FP32 + c.TensorFLOPs)
	}
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
		k.add(c)
		if m := moved[c.Step]; m > 0 {
			k.leastBytes += p.Bytes(c.Step) * float64(c.BytesRead+c.BytesWritten) / m
		}
		if f := work[c.Step]; f > 0 {
			k.leastFLOPs += p.FLOPs(c.Step) * float64(c.FP32+c.TensorFLOPs) / f
		}
	}
	slices.Sort(names)
	fmt.Fprintf(w, "counted, not measured\n\n%-28s %8s %12s %12s %7s %8s %12s %12s %7s %9s\n", "kernel", "launches",
		"MB", "least MB", "ratio", "sectors", "MFLOP", "least MFLOP", "ratio", "conflicts")
	var all kernelCount
	all.Kernel = "all"
	for _, n := range names {
		k := kernels[n]
		k.print(w)
		all.add(k.Count)
		all.Launches += k.Launches - 1
		all.leastBytes += k.leastBytes
		all.leastFLOPs += k.leastFLOPs
	}
	all.print(w)
	return nil
}

func (k *kernelCount) add(c cuda.Count) {
	k.Launches++
	k.BytesRead += c.BytesRead
	k.BytesWritten += c.BytesWritten
	k.LoadSectors += c.LoadSectors
	k.StoreSectors += c.StoreSectors
	k.FP32 += c.FP32
	k.TensorFLOPs += c.TensorFLOPs
	k.SharedAccesses += c.SharedAccesses
	k.BankConflicts += c.BankConflicts
}

// print shows bytes asked for by the lanes, the share of the 32-byte sectors
// touched that they asked for, and passes beyond the first for each access of
// shared memory.
func (k *kernelCount) print(w io.Writer) {
	bytes, flops := float64(k.BytesRead+k.BytesWritten), float64(k.FP32+k.TensorFLOPs)
	sectors := 32 * float64(k.LoadSectors+k.StoreSectors)
	fmt.Fprintf(w, "%-28s %8d %12.3f %12.3f %7.2f %7.0f%% %12.3f %12.3f %7.2f %9.2f\n", k.Kernel, k.Launches, bytes/1e6,
		k.leastBytes/1e6, bytes/k.leastBytes, 100*bytes/sectors, flops/1e6, k.leastFLOPs/1e6, flops/k.leastFLOPs,
		float64(k.BankConflicts)/float64(max(k.SharedAccesses, 1)))
}
