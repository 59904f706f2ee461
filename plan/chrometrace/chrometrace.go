// Package chrometrace writes what a device did in the JSON form of Chrome's
// tracing page, which Perfetto (ui.perfetto.dev) opens too.
//
// The device is the process, its stream a thread, sums over processes another, and
// every launch a complete event ("ph": "X") under the name of its kernel; what else is
// known of it is in the event's args. The clock that the times were read from is a label of the
// process; it is also in otherData, with the title. The format is described at
//
//	https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
package chrometrace

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/stillfield/stillfield/plan"
)

type event struct {
	Name  string         `json:"name"`
	Phase string         `json:"ph"`
	Pid   int            `json:"pid"` // 1: to Perfetto, 0 is the idle process
	Tid   int            `json:"tid"`
	Start float64        `json:"ts"` // microseconds
	Dur   *float64       `json:"dur,omitempty"`
	Args  map[string]any `json:"args"`
}

// Write writes the spans of one run, called title, as one JSON object. The times of
// spans are in milliseconds, those of the file in microseconds.
func Write(w io.Writer, title string, t plan.Timeline, spans []plan.Span) error {
	meta := func(what, key string, value any) event {
		return event{Name: what, Phase: "M", Pid: 1, Tid: 1, Args: map[string]any{key: value}}
	}
	events := []event{
		meta("process_name", "name", t.Device),
		meta("process_labels", "labels", t.Clock),
		meta("thread_name", "name", t.Stream),
	}
	streams := map[string]int{"": 1} // the thread of each
	for _, s := range spans {
		if streams[s.Stream] == 0 {
			streams[s.Stream] = len(streams) + 1
			thread := meta("thread_name", "name", s.Stream)
			thread.Tid = streams[s.Stream]
			events = append(events, thread)
		}
		args := map[string]any{"step": s.Step, "op": s.Op}
		if s.Block[0] > 0 {
			args["grid"], args["block"], args["shared"] = s.Grid, s.Block, s.Shared
		}
		dur := 1e3 * s.Duration
		events = append(events, event{s.Kernel, "X", 1, streams[s.Stream], 1e3 * s.Start, &dur, args})
	}
	err := json.NewEncoder(w).Encode(map[string]any{
		"otherData":   map[string]string{"title": title, "device": t.Device, "clock": t.Clock},
		"traceEvents": events,
	})
	if err != nil {
		return fmt.Errorf("chrometrace: Write: %w", err)
	}
	return nil
}
