package roofline

// span is a run of bytes in a space: the arena, or a value of its own.
type span struct{ space, from, to int }

// arena is the space of temporaries, which take turns in it.
const arena = -1

func (s span) bytes() int { return s.to - s.from }

// overlap is how many bytes s and t share.
func (s span) overlap(t span) int {
	if s.space != t.space {
		return 0
	}
	return max(0, min(s.to, t.to)-max(s.from, t.from))
}

// recency is what has been touched, the last first. No two spans overlap.
type recency struct {
	spans []touched
	now   int // how many touches there were
}

// touched is a span with the number of its touch; of one touch there may be several parts left.
type touched struct {
	span
	at int
}

// parts appends s in parts by how long ago they were touched: the bytes of everything that was
// touched since, and of s itself. Only so many bytes of s count, taken from all parts alike.
func (r *recency) parts(to []part, s span, bytes float64) []part {
	share, left := bytes/float64(s.bytes()), s.bytes()
	newer, same, at := 0, 0, -1 // bytes touched later than touch number at, and in it
	for _, t := range r.spans {
		if t.at != at {
			newer, same, at = newer+same, 0, t.at
		}
		if n := s.overlap(t.span); n > 0 {
			to = append(to, part{share * float64(n), float64(newer) + bytes})
			if left -= n; left == 0 {
				return to
			}
		}
		same += t.bytes()
	}
	return append(to, part{share * float64(left), never})
}

// touch makes s what was touched last. What else lay there is gone.
func (r *recency) touch(s span) {
	r.now++
	kept := make([]touched, 1, len(r.spans)+2)
	kept[0] = touched{s, r.now}
	for _, t := range r.spans {
		if s.overlap(t.span) == 0 {
			kept = append(kept, t)
			continue
		}
		if t.from < s.from {
			kept = append(kept, touched{span{t.space, t.from, s.from}, t.at})
		}
		if s.to < t.to {
			kept = append(kept, touched{span{t.space, s.to, t.to}, t.at})
		}
	}
	r.spans = kept
}
