// For `histograms: native` in the exporter's configuration; 'both' takes the native
// ones where there are some.
(import '../mixin.libsonnet') + {
  _config+:: { histograms: 'native' },
}
