//go:build !amd64

package bf16

// kernelOf is KernelOf.
func kernelOf(Form) Kernel { return goKernel }

// amxCall is of AMX, which only amd64 has.
type amxCall struct{}
