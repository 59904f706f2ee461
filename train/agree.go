package train

import (
	"errors"
	"fmt"
	"hash/crc32"
	"unsafe"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// same refuses processes that would train other things than process 0 does: by their
// configurations, but for what may differ from machine to machine, and by their data.
func (r *trainer) same() error {
	if !r.many() {
		return nil
	}
	text, err := r.c.Encode()
	if err = r.agree(err); err != nil {
		return err
	}
	theirs, err := r.tell(text)
	if err != nil {
		return err
	}
	data, err := r.tell([]byte(r.src.Info().Fingerprint))
	if err != nil {
		return err
	}
	lead, err := experiment.ParseKept("process 0", theirs, nil)
	if err != nil {
		return r.agree(err)
	}
	var errs []error
	for _, d := range experiment.Disagreements(lead, r.c) {
		errs = append(errs, fmt.Errorf("train: process 0 has another configuration: %s", d))
	}
	if got := r.src.Info().Fingerprint; got != string(data) {
		errs = append(errs, fmt.Errorf("train: process 0 has other data: their fingerprint is %s there "+
			"and %s here", data, got))
	}
	return r.agree(errors.Join(errs...))
}

// tell is what process 0 calls it with, on every process.
func (r *trainer) tell(text []byte) ([]byte, error) {
	n := []int64{int64(len(text))}
	if err := comm.Broadcast(r.group, 0, n); err != nil {
		return nil, err
	}
	if !r.leads() {
		text = make([]byte, n[0])
	}
	return text, comm.Broadcast(r.group, 0, text)
}

// settleReduce makes of reduce: auto what the run has begun with; for one that begins, exact
// where a launcher has made a group and the device is a CPU.
func (r *trainer) settleReduce() error {
	exact := []int64{0}
	if r.leads() {
		is := r.c.Reduce
		if old, err := run.ReadConfig(r.dir, nil); is == experiment.ReduceAuto && err == nil {
			is = old.Reduce
			if is == experiment.ReduceAuto { // it began before there was a choice
				is = experiment.ReduceFast
			}
		}
		if is == experiment.ReduceAuto && r.onCPU && r.group.Name() != comm.Solo().Name() {
			is = experiment.ReduceExact
		}
		if is == experiment.ReduceExact {
			exact[0] = 1
		}
	}
	if err := comm.Broadcast(r.group, 0, exact); err != nil {
		return err
	}
	r.c.Reduce = experiment.ReduceFast
	if exact[0] == 1 {
		r.c.Reduce = experiment.ReduceExact
	}
	return r.common(r.e.Divide(r.group.Size()))
}

// share gives every process what process 0 goes on from.
func (r *trainer) share() error {
	if !r.many() {
		return nil
	}
	at := []int64{int64(r.step), int64(r.before), int64(r.saved), 0}
	if r.w != nil {
		at[3] = 1
	}
	if err := comm.Broadcast(r.group, 0, at); err != nil {
		return err
	}
	r.step, r.before, r.saved = int(at[0]), int(at[1]), int(at[2])
	if r.saved >= 0 {
		r.path = run.CheckpointPath(r.dir, r.saved)
	}
	if at[3] == 0 {
		return nil
	}
	if err := r.agree(r.start()); err != nil {
		return err
	}
	for _, part := range r.w.Parts() {
		if err := comm.Broadcast(r.group, 0, part.Data); err != nil {
			return err
		}
	}
	return nil
}

// compare holds the weights that the host has to those of process 0: where they differ, a
// machine computes wrong, and what is trained is worth nothing from here on.
func (r *trainer) compare() error {
	if !r.many() {
		return nil
	}
	var names []string
	var sums []int64
	for _, part := range r.w.Parts() {
		for _, p := range r.e.Params.List {
			x := part.Data[p.Offset : p.Offset+p.Size()]
			name, _ := experiment.TensorOf(r.e.Params, part.State, p.Offset)
			names, sums = append(names, name), append(sums, int64(checksum(x)))
		}
	}
	all := make([]int64, len(sums)*r.group.Size())
	if err := comm.AllGather(r.group, all, sums); err != nil {
		return err
	}
	for rank := 1; rank < r.group.Size(); rank++ {
		for i, want := range all[:len(sums)] {
			if all[rank*len(sums)+i] != want {
				return r.common(fmt.Errorf("train: step %d: %s has other bits on process %d than on "+
					"process 0: one of the two computes wrong; %s", r.step, names[i], rank, r.kept()))
			}
		}
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is CRC-32C of the bits of x, which is not empty.
func checksum(x []float32) uint32 {
	return crc32.Checksum(unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x)), castagnoli)
}
