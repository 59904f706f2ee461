package cmd

import (
	"errors"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/launch"
	"github.com/stillfield/stillfield/train"
)

// inGroup opens the group that a launcher has started this process in, solo without one, and
// leaves it when body has returned. An error of body ends the other ranks too, which could
// only wait for this one; a collective that is overdue ends this process, with a status of its
// own, for the others may be gone.
func inGroup(o comm.Options, body func(g *comm.Group) error) error {
	g, err := launch.Open(o)
	if err != nil {
		return err
	}
	err = body(g)
	switch late := new(*comm.Overdue); {
	case err == nil:
		if err = g.Close(); errors.Is(err, comm.ErrNotLeft) {
			logrus.Warn(err)
			return nil
		}
	case g.Size() > 1 && !errors.Is(err, train.ErrStopped) && !errors.As(err, late):
		logrus.Error(err)
		g.Abort(1)
	}
	return err
}
