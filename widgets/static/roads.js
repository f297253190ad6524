// How roads are drawn, by group: from which zoom, how wide, from where with a rim and with their names.
const ROADS = {
  waterway: { from: 9, width: [[9, 1], [14, 2]], dash: [6, 4] },
  track: { from: 11.5, width: [[11.5, 0.7], [14, 1.3], [17, 3]], dash: [5, 3] },
  minor: { from: 9.5, width: [[9.5, 0.4], [11, 0.8], [13, 1.8], [15, 4], [17, 9]], cased: 13.5, names: 15 },
  middle: { from: 7, width: [[7, 0.5], [10, 1.2], [13, 3], [15, 6], [17, 12]], cased: 12, names: 13.5 },
  major: { from: 0, width: [[6, 0.8], [10, 2], [13, 4.2], [15, 7.5], [17, 14]], cased: 10.5, names: 12.5 },
};
// Other lines that are drawn alike at every zoom.
const LINED = { boundary: { from: 5, width: 1.3, dash: [7, 3, 2, 3] }, rail: { from: 9, width: 1.6, dash: [6, 2] } };
