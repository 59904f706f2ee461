//go:build !amd64

package bf16

// packerOf is PackerOf: of the form in Go alone.
func packerOf(Form) *Packer { return &Packer{} }
