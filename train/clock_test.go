package train

import "testing"

// Two rings in the plane, flow matching: what a network cannot know from the point
// alone, the time, it makes good use of when it is told. Blind and conditional see the
// same points, noise and levels; the least loss is that of the fields' variance, which
// the blind one's exceeds by what the time says (theory: E_{t|u}‖f_t − f‖²).
func TestTwinLearnsMore(t *testing.T) {
	loss := func(set ...string) float64 {
		c := parse(t, append([]string{"data={name: rings, dim: 2, count: 512}", "field=fm",
			"sample.sampler=heun", "steps=300", "batch=128", "model.width=48", "optimizer.lr=3e-3",
			"log.every=1", "log.checkpoint=0"}, set...)...)
		dir := t.TempDir()
		trained(t, dir, c)
		sum, ls := 0., lines(t, dir)
		for _, l := range ls[200:] {
			sum += l.Loss
		}
		return sum / 100
	}
	blind, told := loss(), loss("model.clock=true")
	t.Logf("mean loss of the last hundred steps: blind %.4f, conditional %.4f", blind, told)
	if !(told < .95*blind) {
		t.Errorf("the conditional twin's loss is %.4f, want less than the blind network's, %.4f", told, blind)
	}
}
