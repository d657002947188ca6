package exporter

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
)

func (p *program) registerCheck(app *kingpin.Application) map[string]func(context.Context) error {
	cmd := app.Command("check-config", "Report every problem of the configuration; if there is none, print it with its defaults filled in.")
	return map[string]func(context.Context) error{cmd.FullCommand(): func(context.Context) error {
		valid, err := p.validate(Environment{})
		if err != nil {
			return err
		}
		for _, w := range valid.Warnings() {
			fmt.Fprintf(p.stderr, "warning: %v\n", w)
		}
		return valid.Print(p.stdout)
	}}
}

// healthcheckTimeout is below what container runtimes wait.
const healthcheckTimeout = 5 * time.Second

func (p *program) registerHealthcheck(app *kingpin.Application) map[string]func(context.Context) error {
	cmd := app.Command("healthcheck", "Exit with 0 if the exporter at an address is ready; for containers without a shell.")
	address := cmd.Arg("address", "Where it is: HOST:PORT or an address with a path prefix.").Default("http://localhost" + defaultAddress).String()
	insecure := cmd.Flag("insecure", "Do not verify the certificate, which seldom names localhost.").Bool()
	return map[string]func(context.Context) error{cmd.FullCommand(): func(ctx context.Context) error {
		return healthcheck(ctx, *address, *insecure)
	}}
}

func healthcheck(ctx context.Context, address string, insecure bool) error {
	target, err := readyURL(address)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return fmt.Errorf("asking %s: %w", target.Redacted(), err)
	}
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: insecure}}
	answer, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return fmt.Errorf("asking whether the exporter is ready: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the exporter at %s is not ready: it answers %s", target.Redacted(), answer.Status)
	}
	return nil
}

// readyURL completes HOST:PORT, :PORT or a URL to where readiness is asked.
func readyURL(address string) (*url.URL, error) {
	if !strings.Contains(address, "://") {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("%q is no address: write HOST:PORT or http://HOST:PORT", address)
		}
		if host == "" {
			host = "localhost"
		}
		address = "http://" + net.JoinHostPort(host, port)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is no address: write HOST:PORT or http://HOST:PORT", address)
	}
	return u.JoinPath("-", "ready"), nil
}
