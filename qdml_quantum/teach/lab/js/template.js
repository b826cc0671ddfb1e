/** The face of the widget: elements without words, which the table of strings gives. */
export const FACE = `
<div class="lab">
  <header>
    <h1 data-t="title"></h1>
    <p class="equation"><span aria-hidden="true">
      <i>i</i> ∂ψ/∂t = [ −<span class="d">D</span> ∇² + <b>ζ(x)</b> ] ψ</span>
      <span class="hidden" data-t="equation"></span><span class="now"></span></p>
    <div class="top">
      <select id="language" data-label="languageLabel"></select>
      <button id="share" data-t="share"></button>
      <button id="present" data-t="present"></button>
      <button id="theme" class="icon" data-label="theme">
        <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2v10A5 5 0 0 1 8 3z"/></svg></button>
      <button id="leave" class="leave" data-t="leave"></button>
    </div>
  </header>
  <main class="body">
    <div class="columns">
      <div class="left">
        <div class="row setup">
          <select id="preset" class="preset" data-label="landscape"></select>
          <label class="formula"><span id="formula-of"></span>
            <input id="formula" type="text" class="code" autocomplete="off" autocapitalize="off"
              spellcheck="false" maxlength="300"></label>
          <button id="draw" aria-pressed="false"></button>
          <label><span data-t="start"></span><select id="start"></select></label>
          <div class="stepper"><span data-t="qubits"></span>
            <button id="fewer" data-label="fewer" class="pm">−</button><output id="n"></output>
            <button id="more" data-label="more">+</button></div>
        </div>
        <p class="error" role="alert"></p>
        <div class="stage" tabindex="0" role="application" data-label="stage"
            aria-describedby="stage-now">
          <canvas id="stage" aria-hidden="true"></canvas>
          <p id="stage-now" class="hidden"></p>
          <div class="veil" hidden><span id="veil"></span></div>
        </div>
        <p class="legend"><span><i class="l-wave"></i><span data-t="legendWave"></span></span>
          <span><i class="l-fronts"></i><span data-t="legendFronts"></span></span><span>
          <i class="l-ground"></i><span data-t="legendGround"></span></span><span>
          <i class="l-goal"></i><span data-t="legendGoal"></span></span></p>
        <div class="row transport">
          <div class="keys"><button id="back" class="icon" data-label="back">
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 3h2v10H3zM13 3v10L6 8z"/>
            </svg></button><button id="play" class="main play">
            <svg viewBox="0 0 16 16" aria-hidden="true"><path id="play-icon" d=""/></svg>
            <span id="play-text"></span></button><button id="step" class="icon" data-label="step">
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 3v10l7-5zM11 3h2v10h-2z"/>
            </svg></button></div>
          <div class="choice" role="radiogroup" data-label="mode">
            <button id="mode-curve" role="radio" data-t="curve"></button>
            <button id="mode-hand" role="radio" data-t="byHand"></button></div>
          <label><span class="amber">D</span><input id="level" type="range" min="0">
            <output id="level-out"></output></label>
          <label><span>dt</span><input id="dt" type="range" min="0"><output id="dt-out"></output>
            </label>
          <label><span>T</span><select id="time" data-label="timeLabel"></select></label>
          <label><span data-t="wave"></span>
            <input id="theta" type="range" min="0" max="90" data-label="wick"><span data-t="heat">
            </span><output id="theta-out"></output></label>
        </div>
        <div class="strip" role="group" data-label="stripLabel">
          <canvas id="strip" aria-hidden="true"></canvas><div class="knobs"></div></div>
        <dl class="readings">
          <div><dt data-t="r_t"></dt><dd id="r-t"></dd></div>
          <div><dt data-t="r_D"></dt><dd id="r-D"></dd></div>
          <div><dt id="mean-of"></dt><dd id="r-mean"></dd></div>
          <div><dt data-t="r_width"></dt><dd id="r-width"></dd></div>
          <div><dt data-t="r_energy"></dt><dd id="r-energy"></dd></div>
          <div><dt data-t="r_ground"></dt><dd id="r-ground"></dd></div>
          <div><dt data-t="r_gap"></dt><dd id="r-gap"></dd></div>
          <div><dt data-t="r_success"></dt><dd id="r-success"></dd></div>
        </dl>
        <p class="status" role="status"></p>
      </div>
      <div class="right">
        <div class="tabs" role="tablist" data-label="tasksTitle">
          <button id="tab-tasks" role="tab" aria-controls="panel-tasks" data-t="tabTasks"></button>
          <button id="tab-momentum" role="tab" aria-controls="panel-momentum"
              data-t="tabMomentum"></button>
          <button id="tab-measure" role="tab" aria-controls="panel-measure" data-t="tabMeasure">
            </button>
          <button id="tab-game" role="tab" aria-controls="panel-game" data-t="tabGame"></button>
          <button id="tab-saved" role="tab" aria-controls="panel-saved" data-t="tabSaved"></button>
        </div>
        <section id="panel-tasks" class="panel" role="tabpanel" aria-labelledby="tab-tasks">
          </section>
        <section id="panel-momentum" class="panel" role="tabpanel" aria-labelledby="tab-momentum"
            hidden>
          <h2 data-t="momentumTitle"></h2>
          <div class="picture"><canvas id="momentum" aria-hidden="true"></canvas></div>
          <p id="momentum-now"></p>
          <p data-t="momentum1"></p>
          <p data-t="momentum2"></p>
        </section>
        <section id="panel-measure" class="panel" role="tabpanel" aria-labelledby="tab-measure"
            hidden>
          <h2 data-t="measureTitle"></h2>
          <div class="row"><button id="shots-1"></button><button id="shots-100"></button>
            <button id="shots-1000"></button></div>
          <div class="picture"><canvas id="measured" aria-hidden="true"></canvas></div>
          <div role="status"><p id="hits" class="big"></p><p id="interval"></p></div>
          <p id="best-seen"></p>
          <p id="cost" class="small"></p>
          <p class="small" data-t="again"></p>
        </section>
        <section id="panel-game" class="panel" role="tabpanel" aria-labelledby="tab-game" hidden>
          <h2 data-t="gameTitle"></h2>
          <p data-t="gameText"></p>
          <div id="game-off"><button id="game-start" class="main" data-t="gameStart"></button></div>
          <div id="game-on">
            <p class="key"><span><i class="bar"></i><span data-t="success"></span></span><span>
              <i class="bar share"></i><span data-t="inGround"></span></span></p>
            <div class="bars"></div>
            <div class="row"><button id="game-run" class="main" data-t="gameRun"></button>
              <button id="game-reset" data-t="gameReset"></button>
              <button id="game-show" data-t="gameShow"></button></div>
            <p id="gave-up" class="small" data-t="gameGaveUp"></p>
            <p class="row"><label><span data-t="yourName"></span>
              <input id="player" type="text" maxlength="60"></label></p>
            <p><span data-t="gameCode"></span> <span id="game-word" class="word code"></span></p>
            <p class="small" data-t="noHurryText"></p>
          </div>
        </section>
        <section id="panel-saved" class="panel" role="tabpanel" aria-labelledby="tab-saved" hidden>
          <div id="saved">
          <h2 data-t="savedTitle"></h2>
          <p><button id="save" class="main" data-t="saveNow"></button></p>
          <p id="no-saved" class="small" data-t="noSaved"></p>
          <ul id="saved-list" class="list"></ul>
          </div>
        </section>
      </div>
    </div>
    <section class="circuit">
      <div class="head"><h2 data-t="circuitTitle"></h2><p id="cnots"></p><button id="unfold">
        </button></div>
      <div class="scroll" tabindex="0" role="slider" aria-valuemin="1" data-label="circuitLabel">
        <canvas id="circuit" aria-hidden="true"></canvas></div>
      <div class="gate">
        <div class="picture" role="img" data-label="phaseLabel">
          <canvas id="phase" aria-hidden="true"></canvas></div>
        <div><p><b id="gate-is"></b> <span id="gate-cost"></span></p>
          <p id="gate-text" class="small"></p></div>
      </div>
    </section>
  </main>
  <footer><p class="honest" data-t="honest"></p><p class="small" data-t="about"></p></footer>
</div>
`;
