package cpu

import (
	"strings"

	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// At names the device as it runs plans of a precision: as Name does, and at bf16 with the form that it
// multiplies in, which the bits of results depend on: "cpu (2 workers, avx512, bf16 by amx)".
func (d *Device) At(p plan.Precision) string {
	if p != plan.BFloat16 {
		return d.name
	}
	f, err := d.form()
	if err != nil {
		return d.name
	}
	return strings.TrimSuffix(d.name, ")") + ", bf16 by " + f.String() + ")"
}

// Refused is why plans of a precision do not run in the fastest way that the processor has: at bf16, why
// the system does not let this process use AMX. It is nil where there is nothing to say.
func (d *Device) Refused(p plan.Precision) error {
	if p != plan.BFloat16 || d.opt.Form != bf16.Auto || d.opt.Level != kernels.Auto {
		return nil
	}
	return bf16.AMXRefused()
}

// form is the way to multiply bfloat16. It is found out when somebody asks, since that may take the system's
// permission, which makes it refuse small signal stacks to all threads of the process from then on: no
// affair of a program that runs plans in float32 alone.
func (d *Device) form() (bf16.Form, error) {
	return kernels.FormOf(kernels.Options{Level: d.opt.Level, Precision: plan.BFloat16, Form: d.opt.Form})
}
