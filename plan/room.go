package plan

import (
	"context"
	"errors"
)

// ErrNoRoom is in the error of a device that has not the memory for a plan.
var ErrNoRoom = errors.New("no room for the plan")

// Fitter is a Device that says of a plan, before it loads it, whether it has the memory: an error
// with [ErrNoRoom] and the figures if not.
type Fitter interface {
	Fits(ctx context.Context, p *Plan) error
}
