package cmd

import (
	"bytes"
	"errors"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/plan"
)

// refusedDevice has a faster way at bf16 that it may not take.
type refusedDevice struct{ plan.Device }

func (refusedDevice) Name() string { return "cpu (1 workers)" }

func (refusedDevice) At(plan.Precision) string { return "cpu (1 workers, bf16 by avx2)" }

func (refusedDevice) Refused(p plan.Precision) error {
	if p == plan.BFloat16 {
		return errors.New("AMX: the system refuses its use")
	}
	return nil
}

// plainDevice has but a name.
type plainDevice struct{ plan.Device }

func (plainDevice) Name() string { return "cuda:0" }

// TestAnnouncedAt: the name is that of the precision, and a refusal is warned of once, at that precision.
func TestAnnouncedAt(t *testing.T) {
	var log bytes.Buffer
	out := logrus.StandardLogger().Out
	logrus.SetOutput(&log)
	defer logrus.SetOutput(out)
	for _, c := range []struct {
		dev        plan.Device
		precision  plan.Precision
		name, warn string
	}{
		{plainDevice{}, plan.BFloat16, "cuda:0", ""},
		{refusedDevice{}, plan.Float32, "cpu (1 workers, bf16 by avx2)", ""},
		{refusedDevice{}, plan.BFloat16, "cpu (1 workers, bf16 by avx2)",
			"AMX: the system refuses its use: cpu (1 workers, bf16 by avx2) is what is used instead"},
	} {
		log.Reset()
		if name := announcedAt(c.dev, c.precision); name != c.name {
			t.Errorf("got %q, want %q", name, c.name)
		}
		if bytes.Contains(log.Bytes(), []byte("AMX")) != (c.warn != "") ||
			!bytes.Contains(log.Bytes(), []byte(c.warn)) {
			t.Errorf("%s at %v: the log has %q, want %q", c.name, c.precision, log.String(), c.warn)
		}
	}
}
