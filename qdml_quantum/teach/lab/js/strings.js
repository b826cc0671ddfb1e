/** All words of the page but the exercises', once per language. `{name}` is filled in. */

/** @type {Record<string, Record<string, string>>} */
export const STRINGS = {
  en: {
    language: "English",
    title: "Quantum optimisation, live",
    equation: "i times the time derivative of psi equals minus D Laplacian plus zeta of x, on psi",
    share: "Copy link", copied: "Link copied.", notCopied: "The link is in the address bar.",
    present: "Present", leave: "Leave (Esc)", theme: "Light or dark", languageLabel: "Language",
    landscape: "Landscape", formula: "ζ(x) =", formulaXY: "ζ(x, y) =",
    formulaLabel: "Formula of zeta", lines: "One coordinate", planes: "Two coordinates",
    draw: "Draw", drawing: "Drawing", start: "Start", qubits: "Qubits",
    fewer: "One qubit fewer", more: "One qubit more",
    tilted: "Tilted double well", double: "Double well", bowl: "Bowl", lattice: "Lattice in a trap",
    bumps: "Many wells", barrier: "Barrier", slope: "Slope", free: "Free", own: "Own formula",
    hand: "Drawn by hand", run: "From the run",
    himmelblau: "Himmelblau", rastrigin: "Rastrigin", wells: "Four wells", slits: "Two slits",
    mapWave: "ψ(x, y), with the contours of ζ", mapShort: "ψ and ζ",
    mapDots: "|ψ|² as dots: what shots would show",
    everywhere: "everywhere", packet: "packet", ground: "ground state", pair: "E₀ + E₁",
    legendWave: "|ψ|², colour = phase", legendFronts: "fronts and hands: phase without colour",
    legendGround: "ground state at this D", legendGoal: "success window, ±0.1 of the box",
    back: "Back to the start", play: "Play", pause: "Pause", step: "One step",
    mode: "How D changes", curve: "D(t)", byHand: "by hand", D: "D", dt: "dt", T: "T",
    timeLabel: "Duration of D(t)", wave: "wave", heat: "heat",
    wick: "From wave to heat, degrees", degrees: "{value}°",
    stage: "Stage. Left and right move the packet, up and down push it, space plays.",
    stageXY: "Stage. Arrows move the packet, with Shift they push it, space plays.",
    stageNow: "Mean position {mean}, width {width}, success {success}.",
    stripLabel: "D(t): nine points",
    knot: "Point {j} of 9, D = {D}",
    gapIs: "gap {gap}", levels: "levels, |cₙ|²", levelsShort: "levels",
    strip: "t = 0 … {time}     dashed: share in the ground state     dotted: success   (0 … 1)",
    stripShort: "dashed: ground state, dotted: success", gapAxis: "gap at this D (log)",
    gapShort: "gap",
    r_t: "t", r_D: "D", r_mean: "⟨x⟩", r_meanXY: "⟨x⟩, ⟨y⟩", r_width: "width",
    r_energy: "⟨H⟩", r_ground: "E₀",
    r_gap: "gap", r_success: "success", r_norm: "norm",
    honest: "A classical computer solves every problem on this page faster than a quantum one: " +
      "what you see is how the method works, not a speed-up.",
    about: "Split-step Fourier method in double precision, in this page; nothing is sent " +
      "anywhere. The box is periodic. The dashed curve is the exact ground state at the D of now.",
    w_aliased: "Aliased: this packet is faster than the grid can hold, and moves wrongly. " +
      "More qubits.",
    w_coarse: "The wave is as short as the grid: more qubits.",
    w_step: "The step is too long: dt D k² passes π where the wave has weight, or 1 for the k " +
      "that a slope gives in a step. Smaller dt.",
    w_heat: "Heat: norm {norm} is left. A computer can renormalise, a quantum circuit cannot.",
    w_wraps: "The wave meets the edge of the box, which is periodic: it comes back on the " +
      "other side.",
    w_done: "D(t) is at its end.",
    tabTasks: "Tasks", tabMomentum: "Momentum", tabMeasure: "Measure", tabGame: "Game",
    tabSaved: "Saved",
    momentumTitle: "The same state, by momentum",
    momentum1: "The QFT turns the register from positions to momenta. There the kinetic part is " +
      "a plain phase, D k² dt (dashed), as ζ(x) dt is one in position. So a step is: phase, " +
      "transform, phase, transform back.",
    momentum2: "A narrow packet here is a wide one there. Waves at the ends change sign from " +
      "one grid point to the next: weight there means that the grid is too coarse.",
    momentumNow: "⟨k⟩ = {mean}, width {width}; velocity 2 D ⟨k⟩ = {velocity}.",
    dashed: "dashed", waveNumber: "wave number k", positionX: "position x",
    register: "position register", chance: "chance",
    measureTitle: "What a device returns",
    oneShot: "1 shot", shots: "{shots} shots",
    again: "Shots of this state add up; moving on clears them.",
    noShots: "Nothing measured yet.",
    hitsOf: "{hits} of {shots} near the minimum: {value}",
    interval: "95 % between {low} and {high}. Chance alone gives {chance}: {says}.",
    better: "better than chance", notBetter: "not told from chance", worse: "worse than chance",
    noGoal: "This landscape has no single minimum: there is no success to count.",
    bestSeen: "Lowest value seen: ζ = {best}; the lowest on the grid is {lowest}. Guessing " +
      "would have looked at {looked} of {size} points by now, too.",
    cost: "Cost: {shots} shots × {steps} steps.", solid: "Solid line: what |ψ|² predicts.",
    gameTitle: "Beat the toolkit",
    gameText: "Draw D(t) on the strip: sixty steps on the tilted double well. Two scores " +
      "follow your hand, success near the minimum and the share in the ground state at your " +
      "last D. Find out why they differ.",
    gameStart: "Set up the game", gameRun: "Run it", gameReset: "Even curve",
    gameShow: "Show me the toolkit's", gameGaveUp: "You looked: noted.",
    you: "You", best: "Your best", toolkit: "Toolkit", even: "Even in log D", guessing: "Chance",
    noHurry: "No hurry", success: "success", inGround: "share in the ground state at the last D",
    noHurryText: "No hurry: the ground state itself at your last D, what infinite time gives. " +
      "It is no upper bound: a D that rises can focus the wave for a moment and win without " +
      "being in the ground state. The toolkit's curve came from 6000 classical trial runs " +
      "with D never rising; nobody optimises on the quantum computer here.",
    gameCode: "Code word of your best:", yourName: "Your name",
    savedTitle: "Saved runs", saveNow: "Save this one", load: "Load", remove: "Remove",
    csv: "Trace as CSV", noSaved: "Nothing saved yet. They are kept while the page is open.",
    savedLine: "t = {t}, D = {D}, success {success}",
    circuitTitle: "One step, as gates",
    cnots: "At most {all} CNOT per step: potential {potential}, QFT {qft}, kinetic {kinetic}, " +
      "inverse QFT {inverse}. One qubit more doubles the first and adds a few to the others.",
    frame_potential: "Potential e^(−iζ dt)", frame_qft: "QFT  x → k",
    frame_kinetic: "Kinetic e^(−iDk² dt)", frame_inverse: "Inverse QFT",
    circuitLabel: "Gates of one step; left and right choose one",
    gateIs: "Gate {j} of {count}: {name} on {qubits}.",
    gateCost: "{cnots} CNOT alone, fewer when neighbours share them.",
    gateText: "Each gate writes a square wave over the basis states: + where the parity of its " +
      "qubits is even, − where it is odd. Walk from the largest and watch the sum (solid) " +
      "become the whole phase (dashed).",
    gateH: "Hadamard: with the controlled phases behind it, one digit of the Fourier transform.",
    gateCp: "Controlled phase: a turn where both qubits are 1.",
    unfold: "All gates", fold: "Fewer gates",
    phaseLabel: "Phase of the gate on the grid",
    tasksTitle: "Predict, then look",
  },
  zh: {
    language: "中文",
    title: "量子优化，实时演示",
    equation: "i 乘 ψ 对时间的导数，等于负 D 拉普拉斯加 ζ(x) 作用于 ψ",
    share: "复制链接", copied: "链接已复制。", notCopied: "链接在地址栏中。",
    present: "演示", leave: "退出 (Esc)", theme: "浅色或深色", languageLabel: "语言",
    landscape: "地形", formula: "ζ(x) =", formulaXY: "ζ(x, y) =", formulaLabel: "ζ 的公式",
    lines: "一个坐标", planes: "两个坐标",
    draw: "手绘", drawing: "绘制中", start: "初态", qubits: "量子比特",
    fewer: "减少一个量子比特", more: "增加一个量子比特",
    tilted: "倾斜双阱", double: "双阱", bowl: "谐振子", lattice: "势阱中的晶格",
    bumps: "多阱", barrier: "势垒", slope: "斜坡", free: "自由", own: "自定公式",
    hand: "手绘地形", run: "来自运行",
    himmelblau: "Himmelblau", rastrigin: "Rastrigin", wells: "四阱", slits: "双缝",
    mapWave: "ψ(x, y) 与 ζ 的等高线", mapShort: "ψ 与 ζ", mapDots: "|ψ|² 画成点：测量会看到的",
    everywhere: "均匀叠加", packet: "波包", ground: "基态", pair: "E₀ + E₁",
    legendWave: "|ψ|²，颜色 = 相位", legendFronts: "波前与指针：不用颜色看相位",
    legendGround: "当前 D 的基态", legendGoal: "成功窗口，盒长的 ±0.1",
    back: "回到起点", play: "播放", pause: "暂停", step: "一步",
    mode: "D 如何变化", curve: "D(t)", byHand: "手动", D: "D", dt: "dt", T: "T",
    timeLabel: "D(t) 的时长", wave: "波", heat: "热",
    wick: "从波到热，角度", degrees: "{value}°",
    stage: "舞台。左右键移动波包，上下键推动波包，空格键播放。",
    stageXY: "舞台。方向键移动波包，加 Shift 推动波包，空格键播放。",
    stageNow: "平均位置 {mean}，宽度 {width}，成功率 {success}。",
    stripLabel: "D(t)：九个点",
    knot: "第 {j} 点，共 9 点，D = {D}",
    gapIs: "能隙 {gap}", levels: "能级，|cₙ|²", levelsShort: "能级",
    strip: "t = 0 … {time}     虚线：基态占比     点线：成功率   (0 … 1)",
    stripShort: "虚线：基态占比，点线：成功率", gapAxis: "此 D 的能隙（对数）", gapShort: "能隙",
    r_t: "t", r_D: "D", r_mean: "⟨x⟩", r_meanXY: "⟨x⟩, ⟨y⟩", r_width: "宽度",
    r_energy: "⟨H⟩", r_ground: "E₀",
    r_gap: "能隙", r_success: "成功率", r_norm: "范数",
    honest: "本页的每个问题，经典计算机都比量子计算机解得更快：" +
      "这里展示的是方法如何工作，而不是加速。",
    about: "双精度分步傅里叶方法，全部在本页内计算，不发送任何数据。盒子是周期性的。" +
      "虚线是当前 D 的精确基态。",
    w_aliased: "混叠：波包比网格能表示的更快，运动是错的。请增加量子比特。",
    w_coarse: "波长已短到网格间距：请增加量子比特。",
    w_step: "步长太大：在波有权重处 dt D k² 超过 π，或斜坡一步给它的 k 使之超过 1。请减小 dt。",
    w_heat: "热：范数还剩 {norm}。经典计算机可以重新归一化，量子电路不能。",
    w_wraps: "波到达盒子边缘；盒子是周期性的，它会从另一侧回来。",
    w_done: "D(t) 已到终点。",
    tabTasks: "习题", tabMomentum: "动量", tabMeasure: "测量", tabGame: "游戏", tabSaved: "已存",
    momentumTitle: "同一个态，按动量看",
    momentum1: "QFT 把寄存器从位置变到动量。在那里动能部分只是一个相位 D k² dt（虚线），" +
      "正如 ζ(x) dt 在位置上是一个相位。所以一步是：相位、变换、相位、变换回来。",
    momentum2: "这里窄的波包，那里就宽。两端的波在相邻格点间变号：那里有权重说明网格太粗。",
    momentumNow: "⟨k⟩ = {mean}，宽度 {width}；速度 2 D ⟨k⟩ = {velocity}。",
    dashed: "虚线", waveNumber: "波数 k", positionX: "位置 x",
    register: "位置寄存器", chance: "随机",
    measureTitle: "设备返回什么",
    oneShot: "测量 1 次", shots: "测量 {shots} 次", again: "对同一个态的测量会累加；继续演化则清空。",
    noShots: "尚未测量。",
    hitsOf: "{shots} 次中有 {hits} 次在极小点附近：{value}",
    interval: "95 % 区间 {low} 到 {high}。随机猜测为 {chance}：{says}。",
    better: "优于随机", notBetter: "与随机无法区分", worse: "差于随机",
    noGoal: "这个地形没有唯一的极小点：没有成功率可数。",
    bestSeen: "见到的最低值：ζ = {best}；网格上的最低值是 {lowest}。" +
      "到现在为止，随机猜测也会看过 {size} 个点中的 {looked} 个。",
    cost: "代价：{shots} 次 × {steps} 步。", solid: "实线：|ψ|² 的预言。",
    gameTitle: "胜过工具包",
    gameText: "在条带上画 D(t)：倾斜双阱上的六十步。两个分数随手更新：" +
      "极小点附近的成功率，和在最后 D 的基态中的占比。请找出它们为何不同。",
    gameStart: "布置游戏", gameRun: "运行", gameReset: "均匀曲线",
    gameShow: "看工具包的曲线", gameGaveUp: "你看过了：已记下。",
    you: "你", best: "你的最佳", toolkit: "工具包", even: "log D 均匀", guessing: "随机",
    noHurry: "不着急", success: "成功率", inGround: "在最后 D 的基态中的占比",
    noHurryText: "不着急：最后 D 的基态本身，即无限时间的结果。它不是上界：" +
      "上升的 D 可以让波在一瞬间聚焦而获胜，却不在基态。工具包的曲线来自 6000 次经典试算，" +
      "D 从不上升；这里没有人在量子计算机上优化。",
    gameCode: "你的最佳的暗号：", yourName: "你的名字",
    savedTitle: "已存的运行", saveNow: "保存当前", load: "载入", remove: "删除",
    csv: "轨迹 CSV", noSaved: "还没有保存。保存的内容在页面打开期间保留。",
    savedLine: "t = {t}，D = {D}，成功率 {success}",
    circuitTitle: "一步的量子门",
    cnots: "每步最多 {all} 个 CNOT：势能 {potential}，QFT {qft}，动能 {kinetic}，" +
      "逆 QFT {inverse}。多一个量子比特，第一项加倍，其余只增几个。",
    frame_potential: "势能 e^(−iζ dt)", frame_qft: "QFT  x → k",
    frame_kinetic: "动能 e^(−iDk² dt)", frame_inverse: "逆 QFT",
    circuitLabel: "一步的量子门；左右键选择",
    gateIs: "第 {j} 个门，共 {count} 个：{name}，作用于 {qubits}。",
    gateCost: "单独需要 {cnots} 个 CNOT，与相邻门共用时更少。",
    gateText: "每个门在基矢上写一个方波：其量子比特的奇偶为偶处 +，为奇处 −。" +
      "从最大的门开始逐个走，看总和（实线）变成整个相位（虚线）。",
    gateH: "Hadamard 门：与其后的受控相位一起，是傅里叶变换的一位。",
    gateCp: "受控相位：两个量子比特都为 1 时转动。",
    unfold: "全部门", fold: "较少的门",
    phaseLabel: "该门在网格上的相位",
    tasksTitle: "先预测，再看",
  },
};

/** Words of the panel of exercises; those of an exercise are in its definition. */
/** @type {Record<string, Record<string, string>>} */
export const TASK_WORDS = {
  en: {
    title: "Predict, then look",
    intro: "Ten questions. The stage waits for your prediction, then it shows what the " +
      "wave does; " +
      "the right answer is measured there. Your numbers come from your name.",
    name: "Your name", question: "Question {j}", back: "All questions", predict: "Predict",
    answer: "Your answer", hint1: "A hint", hint2: "Another hint", veil: "Predict first.",
    measured: "Measured: {truth}. You said {answer}.", right: "Right.",
    other: "Not this. None of the usual ways leads there; read why, and try again.",
    why: "Why", reason: "Which reason is it?",
    notReason: "Not that one: it would give another answer.",
    word: "Code word:", retry: "Again, with other numbers", needName: "Write your name first.",
    needNumber: "Write a number.", done: "solved", replay: "Look again",
    words: "Code words show who has worked; they prove nothing.",
  },
  zh: {
    title: "先预测，再看",
    intro: "十个问题。舞台先等你的预测，再展示波的行为；正确答案在那里测得。你的数字由你的名字决定。",
    name: "你的名字", question: "问题 {j}", back: "全部问题", predict: "预测",
    answer: "你的答案", hint1: "提示", hint2: "再一个提示", veil: "请先预测。",
    measured: "测得：{truth}。你的答案：{answer}。", right: "正确。",
    other: "不对。常见的思路都得不到它；请读原因，再试一次。",
    why: "为什么", reason: "原因是哪一个？", notReason: "不是这个：它会给出别的答案。",
    word: "暗号：", retry: "换一组数字再来", needName: "请先写名字。",
    needNumber: "请写一个数。", done: "已解", replay: "再看一次",
    words: "暗号只表明谁做过，不证明什么。",
  },
};

/**
 * A text in a language, English where it has none.
 * @param {string} language
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 */
export function phrase(language, key, values = {}) {
  const text = STRINGS[language]?.[key] ?? STRINGS.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole);
}
