//go:build !amd64

package bf16

// kernelOf is KernelOf.
func kernelOf(Form) Kernel { return goKernel }
