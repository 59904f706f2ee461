//go:build !amd64

package kernels

// haveAssembly says whether there is assembly for this architecture.
const haveAssembly = false

// cpuidCaches knows nothing here.
func cpuidCaches() Cache { return Cache{} }

// pause has no form here.
func pause() {}
