package experiment

import (
	"regexp"
	"strconv"

	"github.com/stillfield/stillfield/choice"
)

// deviceForm is what a device is called: cuda:1 is the second GPU.
var deviceForm = regexp.MustCompile(`^(auto|cpu|emu|cuda)$|^(cuda):([0-9]{1,4})$`)

// ParseDevice splits the name of a device, such as cuda:1, into its form and index,
// and reports whether it is one. Whether there is such a device is not looked up.
func ParseDevice(name string) (form string, index int, ok bool) {
	m := deviceForm.FindStringSubmatch(name)
	if m == nil {
		return "", 0, false
	}
	index, _ = strconv.Atoi(m[3]) // of no digits it is 0
	return m[1] + m[2], index, true
}

// Devices is the range of the names of devices.
var Devices = choice.Where("auto, cpu, cuda, cuda:K or emu", func(name string) bool {
	_, _, ok := ParseDevice(name)
	return ok
})
