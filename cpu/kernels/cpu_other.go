//go:build !amd64

package kernels

const haveAssembly = false

func cpuidCaches() Cache { return Cache{} }

// pause has no portable form: the spinning loops yield to the scheduler instead.
func pause() {}
