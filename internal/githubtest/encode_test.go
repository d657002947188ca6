package githubtest

import (
	"encoding/json"
	"testing"
)

// TestEncodeIsAsTheLibraryWouldWrite compares what is written by hand with encoding/json.
func TestEncodeIsAsTheLibraryWouldWrite(t *testing.T) {
	for _, value := range []any{
		nil, true, false, 0, -5, int64(1) << 60, 0.25, "", "plain <b>&", "quote \" and \\", "tab\t", "ünïcode \u2028", "\x80 broken",
		hour(3), Time(0),
		[]string{"a", "b"},
		[]int{1},
		fields(nil), []fields(nil),
		[]fields{},
		fields{},
		json.RawMessage(`{"a":1}`),
		[]any{1, "x", nil, fields{"k": 1}},
		map[string]int{"z": 1, "a": 2},
		fields{"z": 1, "a": fields{"y": []fields{{"x": nil}, {"w": "<"}}}, "m": errorBody{Message: "m", Status: "404"}},
	} {
		if got, want := string(encode(value)), string(encodeAny(value)); got != want {
			t.Errorf("%#v: got %s, want %s", value, got, want)
		}
	}
}
