package exporter

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// Who reads the demo's GitHub: a person's token that expires one day, an App,
// and a bot of others whose budget is watched. They open nothing else.
const (
	demoReader  = "demo-reader"
	demoApp     = "team-figures"
	demoRelease = "release-bot"

	demoTokenLife = 26 * 24 * time.Hour
	demoKeyFile   = "team-figures.pem"
	demoHookFile  = "webhook-secret"
	demoClientID  = "Iv23liDemoTeamFigures"
)

// demoSecrets are the environment of the demo's configuration.
var demoSecrets = map[string]string{"DEMO_TOKEN": "demo-token", "RELEASE_TOKEN": "demo-release-token"}

func demoSecret(name string) (secret string, ok bool) {
	secret, ok = demoSecrets[name]
	return secret, ok
}

// demoWorld is the simulated GitHub of a demo, and what others spend there.
type demoWorld struct {
	dir     string
	dataset *githubtest.Dataset
	github  *githubtest.Server
	secret  string // of the webhook
	running sync.WaitGroup
	stop    context.CancelFunc
}

// newDemoWorld starts a GitHub that shows a dataset; the App's key is written to dir.
func newDemoWorld(dir string, now func() time.Time, dataset *githubtest.Dataset) (*demoWorld, error) {
	key, err := writeDemoKey(filepath.Join(dir, demoKeyFile))
	if err != nil {
		return nil, err
	}
	app := githubtest.App{ID: 4711, ClientID: demoClientID, Slug: demoApp, PublicKey: key}
	for i, owner := range demoOwners(dataset) {
		app.Installations = append(app.Installations, githubtest.Installation{ID: int64(71 + i), Account: owner})
	}
	w := &demoWorld{dir: dir, dataset: dataset, secret: rand.Text()}
	if err := os.WriteFile(filepath.Join(dir, demoHookFile), []byte(w.secret), 0o600); err != nil {
		return nil, fmt.Errorf("writing the secret of the demo's webhook: %w", err)
	}
	w.github = githubtest.New(githubtest.Options{
		Clock: now, Datasets: []*githubtest.Dataset{dataset}, Apps: []githubtest.App{app},
		Tokens: []githubtest.Token{
			{Token: demoSecrets["DEMO_TOKEN"], Login: demoReader, Expiry: now().Add(demoTokenLife)},
			{Token: demoSecrets["RELEASE_TOKEN"], Login: demoRelease},
		},
	})
	if err := w.github.Start("127.0.0.1:0"); err != nil {
		return nil, err
	}
	w.github.AddFault(githubtest.Fault{Kind: githubtest.FaultStatus, GraphQL: "Probe", Probability: 0.02}) // as it happens
	w.spendBefore(now())
	return w, nil
}

// live lets things happen: others spend, and a webhook at the exporter's
// address is told what happens.
func (w *demoWorld) live(exporter string) {
	var ctx context.Context
	ctx, w.stop = context.WithCancel(context.Background())
	w.running.Go(func() { w.spend(ctx) })
	w.running.Go(func() { w.github.Follow(ctx, githubtest.Hook{URL: exporter + webhookPath, Secret: w.secret}) })
}

// close ends it.
func (w *demoWorld) close() error {
	if w.stop != nil {
		w.stop()
	}
	w.running.Wait()
	return w.github.Close()
}

// demoSpending is what programs other than the exporter spend of a budget.
var demoSpending = []struct {
	identity, resource string
	before             int           // spent when the demo begins
	left               time.Duration // of the window then
	each               int           // spent again and again
}{
	{demoRelease, "core", 3420, 3 * time.Minute, 5},
	{demoRelease, "graphql", 640, 3 * time.Minute, 1},
	{demoReader, "core", 870, 17 * time.Minute, 2},
	{demoReader, "graphql", 410, 17 * time.Minute, 1},
}

func (w *demoWorld) spendBefore(now time.Time) {
	for _, s := range demoSpending {
		w.github.SetWindow(s.identity, s.resource, s.before, now.Add(s.left))
	}
}

// spend has others spend a little every few seconds, until ctx ends.
func (w *demoWorld) spend(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, s := range demoSpending {
				w.github.Spend(s.identity, s.resource, s.each)
			}
		}
	}
}

// writeDemoKey makes a key for the App and writes the private part to a file.
func writeDemoKey(file string) (*rsa.PublicKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("making a key for the demo's App: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, fmt.Errorf("writing the key of the demo's App: %w", err)
	}
	return &key.PublicKey, nil
}
