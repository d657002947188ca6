package exporter

import (
	"errors"
	"fmt"
	"slices"
)

// cleanUps undo steps, each noted beside the step itself.
type cleanUps []cleanUp

type cleanUp struct {
	name string
	do   func() error
}

func (c *cleanUps) add(name string, do func() error) { *c = append(*c, cleanUp{name, do}) }

// run undoes everything, the last step first, and joins the errors. It may be
// called twice.
func (c *cleanUps) run() error {
	var errs []error
	for _, step := range slices.Backward(*c) {
		if err := step.do(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", step.name, err))
		}
	}
	*c = nil
	return errors.Join(errs...)
}
