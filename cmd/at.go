package cmd

import (
	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/plan"
)

// nameAt names a device as it runs plans of a precision. What decides the bits of results is in the name.
func nameAt(dev plan.Device, p plan.Precision) string {
	if d, ok := dev.(interface{ At(plan.Precision) string }); ok {
		return d.At(p)
	}
	return dev.Name()
}

// whySlower is why plans of a precision do not run in the fastest way that the machine has; nil where
// there is nothing to say.
func whySlower(dev plan.Device, p plan.Precision) error {
	if d, ok := dev.(interface{ Refused(plan.Precision) error }); ok {
		return d.Refused(p)
	}
	return nil
}

// announcedAt is nameAt, where work at the precision begins: it warns of what whySlower says.
func announcedAt(dev plan.Device, p plan.Precision) string {
	name := nameAt(dev, p)
	if err := whySlower(dev, p); err != nil {
		logrus.Warnf("%v: %s is what is used instead", err, name)
	}
	return name
}
