// Package kernels holds the engine's CUDA kernels: their source (*.cu over
// dev.cuh), the PTX that scripts/kernels.sh compiles from it, which is committed
// and embedded here, and what a host must know to launch each of them.
//
// A kernel computes one operator of package plan; its equation, its bytes and
// its mapping to threads stand above it in the .cu. The host's side is plain
// data: a Kernel names the parameters and the block, a List collects launches
// with their grids and arguments, one method for each operator. A list depends
// on shapes and addresses alone, never on the device, so every device sums in
// the same order.
//
// No kernel uses atomics, and none leaves the order of a sum to chance: long
// sums are cut at fixed places and the parts added in order.
package kernels

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed *.ptx
var files embed.FS

// PTX returns the text of a module. Modules whose name ends in _tensor need
// compute capability 8.0, those in _hopper 9.0 and no other, the rest 7.5.
func PTX(module string) ([]byte, error) {
	b, err := files.ReadFile(module + ".ptx")
	if err != nil {
		return nil, fmt.Errorf("kernels: PTX: no module %q: %w", module, err)
	}
	return b, nil
}

// Kernel is an entry of a module.
type Kernel struct {
	Name, Module string
	Params       string // one letter each: p pointer, i 32-bit integer, f float32
	Block        int    // threads of a block, the most where the launch chooses
	Shared       int    // bytes of dynamic shared memory, where they are fixed
}

// Tensor reports whether k needs tensor cores: compute capability 8.0.
func (k *Kernel) Tensor() bool { return strings.HasSuffix(k.Module, "_tensor") }

// Hopper reports whether k is for compute capability 9.0 alone.
func (k *Kernel) Hopper() bool { return strings.HasSuffix(k.Module, "_hopper") }

// table is every kernel. Shapes follow operands, in the order of the .cu.
var table = append([]Kernel{
	{"gemm_f32", "gemm", "ppppppiiiiiiii", 256, 0},
	{"gemm_f32_small", "gemm", "ppppppiiiiiiii", 256, 0},
	{"combine_f32", "gemm", "pppppiiii", 256, 0},
	{"conv_f32", "conv", "ppppppiiiiiiii", 256, 0},
	{"conv_data_f32", "conv", "ppppppiiiiiiii", 256, 0},
	{"conv_filter_f32", "conv", "ppppppiiiiiiii", 256, 0},
	{"conv_f32_32", "conv", "ppppppiiiiiiii", 128, 0},
	{"conv_data_f32_32", "conv", "ppppppiiiiiiii", 128, 0},
	{"conv_filter_f32_32", "conv", "ppppppiiiiiiii", 128, 0},
	{"chain_f32", "chain", "p", 128, 0},
	{"norm_f32", "norm", "ppppiiiif", 256, 0},
	{"norm_grad_f32", "norm", "pppppiiiiiif", 256, 0},
	{"norm_bf16", "norm", "ppppiiiif", 256, 0},
	{"norm_grad_bf16", "norm", "pppppiiiiiif", 256, 0},
	{"softmax_f32", "softmax", "ppii", 256, 0},
	{"sum_rows_f32", "reduce", "ppii", 256, 0},
	{"dot_rows_f32", "reduce", "pppii", 256, 0},
	{"sum_cols_f32", "reduce", "ppiiii", 256, 0},
	{"finite_f32", "reduce", "ppiiii", 256, 0},
	{"adamw_f32", "adamw", "ppppppppiiffffff", 256, 0},
	{"average_f32", "adamw", "ppppii", 256, 0},
	{"round_bf16", "adamw", "ppi", 256, 0},
	{"clip_f32", "adamw", "pppppif", 32, 0},
	{"gather_rows_f32", "rows", "pppiii", 256, 0},
}, slices.Concat(tensorKernels(), hopperKernels(), attentionKernels())...)

// tensorKernels are the products and convolutions in bfloat16 and TF32, and in
// bfloat16 those whose operands are bfloat16 in memory (see forms). TF32
// tiles live in dynamic shared memory: three of each operand, 16 of K deep, rows
// padded by 4 where K is contiguous and by 8 where it is not.
func tensorKernels() (ks []Kernel) {
	tile := func(extent int, kContiguous bool) int {
		if kContiguous {
			return extent * (16 + 4)
		}
		return 16 * (extent + 8)
	}
	add := func(name, module, params string, block int, isTF32 bool, m, n int, aK, bK bool) {
		k := Kernel{Name: name, Module: module, Params: params, Block: block}
		if isTF32 {
			k.Shared = 4 * 3 * (tile(m, aK) + tile(n, bK))
		}
		ks = append(ks, k)
	}
	for _, form := range []string{"bf16", "bf16_copy", "bf16_left", "bf16_both", "tf32"} {
		is := form == "tf32"
		for _, tr := range []string{"nn", "nt", "tn", "tt"} {
			aK, bK := tr[0] == 'n', tr[1] == 't'
			if tr != "tt" {
				add("gemm_"+form+"_"+tr, "gemm_tensor", "ppppppiiiiii", 256, is, 128, 128, aK, bK)
			}
			add("gemm_"+form+"_"+tr+"_small", "gemm_tensor", "ppppppiiiiii", 128, is, 64, 64, aK, bK)
		}
		module := "conv_bf16_tensor"
		if is {
			module = "conv_tf32_tensor"
		}
		for _, c := range []struct {
			suffix         string
			columns, block int
		}{{"", 64, 256}, {"_128", 128, 256}, {"_32", 32, 128}} {
			const params = "ppppppiiiiiiii"
			wide := c.columns > 32
			if wide || is || form == "bf16_copy" || form == "bf16_both" {
				add("conv_"+form+c.suffix, module, params, c.block, is, 128, c.columns, true, false)
				add("conv_data_"+form+c.suffix, module, params, c.block, is, 128, c.columns, true, true)
			}
			if wide || is || form == "bf16" || form == "bf16_both" {
				add("conv_filter_"+form+c.suffix, module, params, c.block, is, 128, c.columns, false, false)
			}
		}
	}
	return ks
}

// byName is table by name.
var byName = func() map[string]*Kernel {
	m := map[string]*Kernel{}
	for i := range table {
		m[table[i].Name] = &table[i]
	}
	return m
}()

// All returns every kernel, in a fixed order.
func All() []*Kernel {
	ks := make([]*Kernel, len(table))
	for i := range table {
		ks[i] = &table[i]
	}
	return ks
}

// find returns the kernel of that name, which must be there.
func find(name string) *Kernel {
	k := byName[name]
	if k == nil {
		panic("kernels: no such kernel")
	}
	return k
}
