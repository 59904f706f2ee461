package standin

import "github.com/stillfield/stillfield/cuda/emu/ptx"

// signature is the size of each parameter of a kernel in bytes.
type signature []int

// signatures are the parameters of every kernel of a module in PTX, by the kernel's
// name: what the API tells by cuFuncGetParamInfo and the engine's seam has no need of.
func signatures(text string) (map[string]signature, error) {
	m, err := ptx.Parse(text)
	if err != nil {
		return nil, err
	}
	all := make(map[string]signature)
	for _, f := range m.Funcs {
		if !f.Entry {
			continue
		}
		all[f.Name] = nil
		for _, p := range f.Params {
			all[f.Name] = append(all[f.Name], p.Bytes)
		}
	}
	return all, nil
}
