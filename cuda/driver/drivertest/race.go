//go:build race

package drivertest

// racing: the detector makes sync.Pool forget on purpose, so calls allocate.
const racing = true
