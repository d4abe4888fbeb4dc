package article

import (
	"context"
	"math"
	"strconv"
	"time"
)

// waitRetryAfter waits for the seconds that a 429 names; 3 if it names none.
func waitRetryAfter(ctx context.Context, header string) error {
	seconds, err := strconv.ParseFloat(header, 64)
	if err != nil {
		seconds = 3
	}
	select {
	case <-time.After(time.Duration(math.Ceil(seconds)) * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
