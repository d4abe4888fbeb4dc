package graph

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 2, 16, 17, 22, 25, 500e6, time.UTC)
	tests := []struct {
		value  string
		want   time.Duration
		reason string
	}{
		{"10", 10 * time.Second, "whole seconds"},
		{"2.128", 3 * time.Second, "a sample that Microsoft's documentation had; 2 s would be too early"},
		{"0.249", time.Second, "seen in batches; cut to 0 it means no wait at all"},
		{"0.000001", time.Second, "a wait, however short, is not none"},
		{" 7 ", 7 * time.Second, "spaces are no part of the value"},
		{"Mon, 16 Feb 2026 17:22:55 GMT", 30 * time.Second, "an HTTP date, 29.5 s ahead"},
		{"Monday, 16-Feb-26 17:22:55 GMT", 30 * time.Second, "the older form of an HTTP date"},
		{"Mon, 16 Feb 2026 17:22:20 GMT", 0, "a date that has passed"},
		{"0", 0, "no wait"},
		{"-5", 0, "nonsense"},
		{"", 0, "absent"},
		{"soon", 0, "nonsense"},
		{"NaN", 0, "a number to ParseFloat, yet none"},
		{"Inf", maxRetryAfter, "bounded"},
		{"1e300", maxRetryAfter, "does not overflow into the past"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, parseRetryAfter(tt.value, now), "%q: %s", tt.value, tt.reason)
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, seed := range []string{"10", "2.128", "-1", "NaN", "Mon, 16 Feb 2026 17:22:55 GMT", "1e300", ""} {
		f.Add(seed)
	}
	now := time.Date(2026, 2, 16, 17, 22, 25, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		got := parseRetryAfter(value, now)
		if got < 0 || got > maxRetryAfter || got%time.Second != 0 {
			t.Errorf("%q: %v", value, got)
		}
		if at, err := http.ParseTime(value); err == nil && at.Sub(now) <= maxRetryAfter && now.Add(got).Before(at) {
			t.Errorf("%q: %v is too early", value, got)
		}
	})
}
