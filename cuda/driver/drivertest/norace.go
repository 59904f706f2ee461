//go:build !race

package drivertest

const racing = false
