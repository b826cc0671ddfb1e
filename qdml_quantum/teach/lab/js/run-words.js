/** Words of a run inside the page, which only such a page has. */

/** @type {Record<string, Record<string, string>>} */
export const RUN_WORDS = {
  en: {
    checksTitle: "Checks", factsTitle: "In numbers", film: "Histogram of the run",
    deviceTitle: "What the device gave, beside what it should have",
    deviceLegend: "Bars: ideal. Line: predicted with the noise of the device. Dots: measured, " +
      "with 95 % intervals. Dotted: uniform, what noise alone makes.",
    deviceUnpredicted: "Bars: ideal. Dots: measured, with 95 % intervals. Dotted: uniform, what " +
      "noise alone makes.",
    cutsTitle: "Success from cut to cut", rank: "points, by falling ideal probability",
    cutsLegend: "Line: ideal. Dots: measured, with intervals. Dotted: chance.",
    stepsOf: "steps",
    filmStage: "Stage of the run", goOn: "Go on from here", runOf: "The run of {name}",
  },
  zh: {
    checksTitle: "检查", factsTitle: "数值", film: "运行的直方图",
    deviceTitle: "设备的结果与应有的结果",
    deviceLegend: "条：理想。线：含设备噪声的预言。点：测量值及 95 % 区间。点线：均匀，只有噪声时的结果。",
    deviceUnpredicted: "条：理想。点：测量值及 95 % 区间。点线：均匀，只有噪声时的结果。",
    cutsTitle: "逐段的成功率", rank: "格点，按理想概率从大到小",
    cutsLegend: "线：理想。点：测量值及区间。点线：随机。", stepsOf: "步",
    filmStage: "运行的阶段", goOn: "从这里继续", runOf: "{name} 的运行",
  },
};
