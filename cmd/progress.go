package cmd

import (
	"time"

	"github.com/sirupsen/logrus"
)

// progress shows how far a piece of work has come: on a terminal as one line that
// is rewritten in place, elsewhere as a line now and then, with --json as log
// entries, with --quiet not at all.
type progress struct {
	screen *screen
	every  time.Duration // between two lines
	shown  time.Time
	quiet  bool
	json   bool
}

// newProgress is the progress of the program's screen, as the log was set up.
func newProgress() *progress {
	p := &progress{screen: stderr, every: 5 * time.Second, quiet: !logrus.IsLevelEnabled(logrus.InfoLevel)}
	_, p.json = logrus.StandardLogger().Formatter.(*logrus.JSONFormatter)
	if stderr.rewrite && !p.json {
		p.every = 100 * time.Millisecond
	}
	return p
}

// show says where the work stands if it is time to, or at all events if this is
// the last that is said of it: text for people, or what and fields for programs.
func (p *progress) show(last bool, text, what string, fields logrus.Fields) {
	now := time.Now()
	if p.quiet || !last && now.Sub(p.shown) < p.every {
		return
	}
	p.shown = now
	if p.json {
		logrus.WithFields(fields).Info(what)
		return
	}
	p.screen.status(text)
}

// done leaves the line as it is; what is written next stands below it.
func (p *progress) done() { p.screen.leave() }

// left is the time that n more of a thing take at a rate, to the second.
func left(n int, rate float64) time.Duration {
	if rate <= 0 {
		return -1
	}
	return time.Duration(float64(n) / rate * float64(time.Second)).Round(time.Second)
}

// leftText is left as people read it.
func leftText(d time.Duration) string {
	if d < 0 {
		return "?"
	}
	return d.String()
}
