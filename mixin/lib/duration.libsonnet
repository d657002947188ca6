// Durations as Prometheus writes them, in words and in seconds.
local units = {
  s: ['second', 1],
  m: ['minute', 60],
  h: ['hour', 3600],
  d: ['day', 86400],
  w: ['week', 7 * 86400],
};
local parse(text) =
  local unit = std.substr(text, std.length(text) - 1, 1);
  assert std.objectHas(units, unit) && std.length(text) > 1 : '%s is no duration such as 30m, 12h or 7d' % text;
  [std.parseInt(text[:std.length(text) - 1]), units[unit]];

{
  // 7d → 7 days
  words(text)::
    local p = parse(text);
    '%d %s%s' % [p[0], p[1][0], if p[0] == 1 then '' else 's'],

  // 7d → 604800
  seconds(text)::
    local p = parse(text);
    p[0] * p[1][1],
}
