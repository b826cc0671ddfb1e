/** Words of the page of tables and searches, once per language. */

/** @type {Record<string, Record<string, string>>} */
export const REPORT_WORDS = {
  en: {
    sort: "A press on the head of a column sorts by it, another one the other way around.",
    between: "95 % between {low} and {high}",
    closing: "How the windows closed in", windows: "Windows of the search",
    progress: "Best value by evaluations", which: "Window", play: "Play", pause: "Pause",
    now: "window {j} of {count}, {kind}, start {start}: ζ = {fun}",
    legend: "Left: windows in the first two coordinates, the last ones darkest, the one of now " +
      "thick; dots: the best measured point of each; star: what was returned. Right: the best " +
      "value of each start above the lowest of all, by evaluations. Axes are linear on the left, " +
      "logarithmic upwards on the right.",
    evaluations: "evaluations", above: "above the lowest", start: "start",
    honest: "A classical computer solves every problem of this size faster than a quantum one: " +
      "what you see is how the method works, not a speed-up.",
  },
  zh: {
    sort: "点击列标题按该列排序，再点一次反向。",
    between: "95 % 区间 {low} 到 {high}",
    closing: "窗口如何收缩", windows: "搜索的窗口", progress: "最佳值随求值次数",
    which: "窗口", play: "播放", pause: "暂停",
    now: "第 {j} 个窗口，共 {count} 个，{kind}，起点 {start}：ζ = {fun}",
    legend: "左：前两个坐标中的窗口，越晚越深，当前的最粗；点：各窗口测得的最佳点；星：返回的点。" +
      "右：各起点的最佳值高出最低值多少，随求值次数。左为线性轴，右边纵轴为对数。",
    evaluations: "求值次数", above: "高出最低值", start: "起点",
    honest: "这种规模的每个问题，经典计算机都比量子计算机解得更快：这里展示的是方法如何工作，而不是加速。",
  },
};

/** @param {string} text @param {Record<string, unknown>} values */
export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) =>
  Object.hasOwn(values, name) ? String(values[name]) : whole);
