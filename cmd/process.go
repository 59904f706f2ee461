package cmd

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/train"
)

// process is this one among those that a launcher has started.
type process struct {
	group *comm.Group
	place comm.Place // zero where there are no others
}

// alone reports whether there are no other processes.
func (p process) alone() bool { return p.group.Size() == 1 }

// leads reports whether this process tells what all are doing.
func (p process) leads() bool { return p.group.Rank() == 0 }

// joined is this process, when all have found that they are the same program. From then on
// those that do not lead say nothing but errors.
func joined(g *comm.Group) (p process, err error) {
	if p.group = g; p.alone() {
		return p, nil
	}
	if !p.leads() {
		logrus.SetLevel(logrus.ErrorLevel)
	}
	sum, err := executable()
	if err = train.Agree(g, err); err != nil {
		return p, err
	}
	if err := train.Agree(g, comm.Agree(g, "the program", sum)); err != nil {
		return p, err
	}
	places, err := comm.Places(g)
	if err != nil {
		return p, err
	}
	p.place = places[g.Rank()]
	for _, line := range comm.Warnings(places) {
		logrus.Warn(line)
	}
	logrus.WithFields(logrus.Fields{"processes": g.Size(), "by": g.Name()}).Info("working together")
	return p, nil
}

// executable is the version of this one and the sum of its file.
func executable() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("the program: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("the program: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("the program: %w", err)
	}
	return fmt.Sprintf("%s, SHA-256 %x", version(), h.Sum(nil)[:8]), nil
}

// device is openDevice for what sums over the group: a GPU without a number is that of the
// process among those of its host, and CPU workers that are not counted are its share of the
// cores.
func (p process) device(name string, workers int) (plan.Device, error) {
	if p.alone() {
		return openDevice(name, workers)
	}
	form, index, err := parseDevice(name)
	if err != nil {
		return nil, err
	}
	if workers == 0 {
		workers = p.place.Workers
	}
	onCPU := func() (plan.Device, error) {
		return opened(cpu.New(cpu.Options{Workers: workers, Group: p.group}))
	}
	if form == "cpu" {
		return onCPU()
	}
	auto := form == "auto"
	if auto || name == "cuda" {
		form, index = "cuda", p.place.Index
	}
	d, err := cuda.Open(form, index)
	switch {
	case err == nil:
		d.Join(p.group)
		return d, nil
	case auto && cuda.Absent(err):
		return onCPU()
	}
	return nil, err
}
