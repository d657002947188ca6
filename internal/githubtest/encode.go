package githubtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
)

// encode writes JSON as GitHub does: without HTML escapes and without a newline.
func encode(value any) []byte {
	scratch := scratches.Get().(*[]byte)
	*scratch = appendValue((*scratch)[:0], value)
	out := slices.Clone(*scratch)
	scratches.Put(scratch)
	return out
}

// scratches are where answers are written whose length is not known yet.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// appendValue writes what answers are made of, without reflection where it can: pages of rows
// are long.
func appendValue(out []byte, value any) []byte {
	switch v := value.(type) {
	case fields:
		return appendFields(out, v)
	case []fields:
		return appendList(out, v)
	case string:
		return appendText(out, v)
	case int:
		return strconv.AppendInt(out, int64(v), 10)
	case int64:
		return strconv.AppendInt(out, v, 10)
	case bool:
		return strconv.AppendBool(out, v)
	case Time:
		return append(append(append(out, '"'), v.String()...), '"')
	case json.RawMessage:
		return append(out, v...)
	case nil:
		return append(out, "null"...)
	}
	return append(out, encodeAny(value)...)
}

// appendFields writes an object, its members in the order of their names.
func appendFields(out []byte, o fields) []byte {
	if o == nil {
		return append(out, "null"...)
	}
	var few [64]string
	names := few[:0]
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	out = append(out, '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendText(out, name), ':')
		out = appendValue(out, o[name])
	}
	return append(out, '}')
}

// appendList writes a list of objects.
func appendList(out []byte, list []fields) []byte {
	if list == nil {
		return append(out, "null"...)
	}
	out = append(out, '[')
	for i, o := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendFields(out, o)
	}
	return append(out, ']')
}

// appendText writes a string.
func appendText(out []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
			return append(out, encodeAny(s)...)
		}
	}
	return append(append(append(out, '"'), s...), '"')
}

// encodeAny writes any value.
func encodeAny(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic(fmt.Sprintf("simulated GitHub cannot encode %T: %v", value, err)) // our own types always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
