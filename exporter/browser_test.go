package exporter

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

var screenshots = flag.String("screenshots", "", "directory to write pictures of the status page to")

// browserPath finds Chromium. Without it the test is skipped, but not where CI
// is set: there it must be.
func browserPath(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "the status page is not tested: no chromium is installed (Debian: apt-get install chromium)"
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// browser is a tab, with what it complained about.
type browser struct {
	context.Context
	t          *testing.T
	mu         sync.Mutex
	complaints []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browserPath(t)), chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	if os.Geteuid() == 0 { // its sandbox refuses to run as root
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{Context: ctx, t: t}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	b.do(command(log.Enable, cdp.Empty{}))
	b.Context, cancel = context.WithTimeout(ctx, 90*time.Second) // after the first call, which the browser's life hangs on
	t.Cleanup(cancel)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Logf("closing the browser: %v", err)
		}
	})
	return b
}

// command is an action that sends one command of the protocol.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

func (b *browser) listen(event any) {
	complaint := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		complaint = e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		complaint = fmt.Sprintf("%s: %s (%s)", e.Entry.Level, e.Entry.Text, e.Entry.URL)
	case *runtime.EventConsoleAPICalled:
		complaint = string(e.Type)
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, complaint)
}

// in makes the browser fail the test it is used in, a subtest perhaps.
func (b *browser) in(t *testing.T) { b.t = t }

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.Context, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// script evaluates an expression.
func script[T any](b *browser, expression string) T {
	b.t.Helper()
	out, err := chromedp.Run(b.Context, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

func (b *browser) viewport(width, height int64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}))
}

// until waits for an expression to become true. Evaluating it fails while the
// page changes.
func (b *browser) until(expression string) {
	b.t.Helper()
	if err := eventually(func() error {
		is, err := chromedp.Run(b.Context, chromedp.Evaluate[bool](expression))
		if err == nil && !is {
			err = errors.New("it is false")
		}
		return err
	}); err != nil {
		b.t.Fatalf("waiting for %s: %v", expression, err)
	}
}

// silent fails if the page complained in the console.
func (b *browser) silent() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		b.t.Errorf("the console has %q", b.complaints)
	}
}

// pageServer serves the status page of a report that a test may change.
func pageServer(t *testing.T) (address string, show func(report), fail func(bool)) {
	t.Helper()
	settings := sampleSettings(t)
	var shown atomic.Pointer[report]
	var failing atomic.Bool
	e := &Exporter{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /below/a/prefix/", func(w http.ResponseWriter, r *http.Request) {
		if failing.Load() {
			w.Header().Set("Connection", "close")
			http.Error(w, "broken", http.StatusServiceUnavailable)
			return
		}
		switch filepath.Base(r.URL.Path) {
		case "status.css":
			e.serveAsset("status.css", "text/css")(w, r)
		case "status.js":
			e.serveAsset("status.js", "text/javascript")(w, r)
		default:
			p := newPage(*shown.Load(), settings, "/metrics")
			p.Refresh = 1
			writePage(w, p)
		}
	})
	server := httptest.NewServer(secured(mux))
	t.Cleanup(server.Close)
	return server.URL + "/below/a/prefix/", func(r report) { shown.Store(&r) }, failing.Store
}

func TestStatusPageInBrowser(t *testing.T) {
	b := newBrowser(t)
	address, show, fail := pageServer(t)
	show(sampleReport(sampleStatus()))

	t.Run("fits and can be read", func(t *testing.T) {
		b.in(t)
		for _, view := range []struct {
			name          string
			width, height int64
		}{{"phone", 320, 640}, {"tablet", 800, 1000}, {"desktop", 1280, 900}} {
			for _, scheme := range []string{"light", "dark"} {
				b.viewport(view.width, view.height, scheme)
				b.do(chromedp.Navigate(address))
				script[bool](b, `document.querySelector("details").open = true`)
				if wide := script[int64](b, `document.documentElement.scrollWidth`); wide > view.width {
					t.Errorf("%s: the page is %d wide on a screen of %d", view.name, wide, view.width)
				}
				if poor := script[[]string](b, poorContrast); len(poor) > 0 {
					t.Errorf("%s %s: contrast below 4.5: %q", view.name, scheme, poor)
				}
				picture(t, b, view.name+"-"+scheme)
			}
		}
		if light, dark := background(b, "light"), background(b, "dark"); light == dark {
			t.Errorf("light and dark have one background: %s", light)
		}
	})

	t.Run("states", func(t *testing.T) {
		b.in(t)
		b.do(chromedp.Navigate(address))
		got := script[[]string](b, `[...document.querySelectorAll("main section > table > tbody > tr:not(.more)")].map(
			tr => tr.className + ": " + tr.querySelector("th").innerText.replace("\n", " ") + ": " + (tr.querySelector(".badge")?.innerText ?? ""))`)
		want := []string{
			"complete: tallyworks/payments: up to date",
			"syncing: tallyworks/a-repository-with-quite-a-long-name-to-break-lines: first sync",
			"waiting: tallyworks/next: waiting",
			"failed: bloomcart/web-shop: not up to date",
			"gone: bloomcart/deleted: gone",
			"complete: ci-bot personal token: works", "complete: release-bot personal token, only watched: works",
			"waiting: engineering-app/an-organisation-with-quite-a-long-name GitHub App: spent",
			"waiting: engineering-app/bloomcart GitHub App: pauses",
			"trouble: old-bot personal token: cannot be used",
			"waiting: next-bot personal token: not tried yet",
			"complete: enterprise personal token: works",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		bar := script[[]any](b, `(p => [p.value, p.max, p.getAttribute("aria-label")])(document.querySelector("progress"))`)
		if diff := cmp.Diff([]any{45.0, 100.0, "First sync of tallyworks/a-repository-with-quite-a-long-name-to-break-lines"}, bar); diff != "" {
			t.Errorf("progress (-want +got):\n%s", diff)
		}
	})

	t.Run("tokens", func(t *testing.T) {
		b.in(t)
		b.do(chromedp.Navigate(address))
		tokensInBrowser(t, b)
	})

	t.Run("keyboard", func(t *testing.T) {
		b.in(t)
		keyboard(t, b, address)
	})

	t.Run("keeps itself up to date", func(t *testing.T) {
		b.in(t)
		b.do(chromedp.Navigate(address))
		script[bool](b, `(s => { s.click(); s.focus(); return true })(document.querySelector("details summary"))`)
		status := sampleStatus()[:2]
		status[1].Progress = 0.9
		well := sampleReport(status)
		well.Tokens = well.Tokens[:2]
		show(well)
		b.until(`document.querySelector("progress").value === 90`)
		if !script[bool](b, `document.querySelector("details").open && document.activeElement === document.querySelector("details summary")`) {
			t.Error("what was open or focused is not after an update")
		}
		status[1].Complete = true
		show(well)
		b.until(`document.getElementById("summary").innerText.startsWith("All is well: 2 repositories")`)
		b.until(`document.title.startsWith("✓")`)
		b.silent()
		fail(true)
		b.until(`document.getElementById("trouble").innerText.includes("does not answer")`)
		fail(false)
		b.until(`document.getElementById("trouble").innerText === ""`)
	})
}

// tokensInBrowser looks at the table of tokens as a reader with eyes, or with
// a screen reader, does.
func tokensInBrowser(t *testing.T, b *browser) {
	got := script[[]string](b, `[...document.querySelectorAll("table.tokens tbody tr")].slice(0, 5).map(
		tr => [...tr.querySelectorAll("td")].map(td => td.innerText.replace(/\s+/g, " ").trim()).join(" | "))`)
	want := []string{
		"octocat | works Expires in 2 weeks | core: 4,870 of 5,000, full again in 30 minutes graphql: 12,000 of 12,500, full again in 12 minutes",
		"not known yet | works | not known yet",
		"engineering-figures/an-organisation-with-quite-a-long-name | spent It goes on in 12 minutes. | core: 5,000 of 5,000, full again in 30 minutes graphql: 0 of 12,500, full again in 12 minutes",
		"engineering-figures/bloomcart | pauses GitHub asks for fewer requests; it goes on in 3 minutes. | core: 4,999 of 5,000, full again in 30 minutes graphql: 100 of 12,500, full again in 12 minutes",
		"retired | cannot be used GitHub refuses it: 401 Bad credentials | core: 5,000 of 5,000, full again in 30 minutes graphql: 5,000 of 12,500, full again in 12 minutes",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	meters := script[[]any](b, `(m => [m.value, m.max, m.getAttribute("aria-label")])(document.querySelectorAll("table.tokens meter")[3])`)
	if diff := cmp.Diff([]any{0.0, 12500.0, "graphql left of engineering-app/an-organisation-with-quite-a-long-name"}, meters); diff != "" {
		t.Errorf("meter (-want +got):\n%s", diff)
	}
}

// keyboard walks through the page with the Tab key.
func keyboard(t *testing.T, b *browser, address string) {
	b.viewport(1280, 900, "light")
	b.do(chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS("#live")))
	var got []string
	for range 24 {
		b.do(chromedp.KeyEvent(kb.Tab))
		name := script[string](b, `(e => e === document.body ? "" : (e.innerText || e.id || e.type))(document.activeElement)`)
		if name == "" {
			break
		}
		got = append(got, strings.TrimSpace(name))
		if !script[bool](b, `(s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2)(getComputedStyle(document.activeElement))`) {
			t.Errorf("the focus on %q cannot be seen", name)
		}
		if !script[bool](b, `(r => r.width > 0 && r.left >= 0 && r.right <= innerWidth + 1)(document.activeElement.getBoundingClientRect())`) {
			t.Errorf("%q is focused outside the screen", name)
		}
	}
	want := []string{
		"Skip to the repositories", "Prometheus", "Metrics", "Status as JSON", "Readiness", "health", "live",
		"Metrics of payments", "Streams of tallyworks/payments",
		"Streams of tallyworks/a-repository-with-quite-a-long-name-to-break-lines", "Streams of tallyworks/next",
		"Metrics of shop", "Streams of bloomcart/web-shop", "Streams of bloomcart/deleted", "item", "Explain",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order of the focus (-want +got):\n%s", diff)
	}
	b.do(chromedp.Navigate(address), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab))
	if name := script[string](b, `document.activeElement.innerText`); name != "Metrics of payments" {
		t.Errorf("after the skip link %q is focused", name)
	}
	b.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	if !script[bool](b, `document.querySelector("details").open`) {
		t.Error("the keyboard does not open the streams")
	}
	script[bool](b, `document.getElementById("item").focus() ?? true`)
	b.do(chromedp.KeyEvent("tallyworks/payments#12" + kb.Enter))
	b.until(`location.href.endsWith("/below/a/prefix/api/v1/explain?item=tallyworks%2Fpayments%2312")`)
}

func background(b *browser, scheme string) string {
	b.viewport(800, 600, scheme)
	return script[string](b, `getComputedStyle(document.body).backgroundColor`)
}

func picture(t *testing.T, b *browser, name string) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	png, err := chromedp.Run(b.Context, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// poorContrast lists texts whose colour is too near to what is behind them, by
// the formula of https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
const poorContrast = `(() => {
  const parse = (c) => c.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || e.closest("progress, meter, noscript, .skip") || !e.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.add(n.data.trim().slice(0, 30) + " " + ratio.toFixed(2));
  }
  return [...poor];
})()`
