/** The page with a run of the toolkit inside. */

import { begin } from "./begin.js";
import { RunPanel } from "./run.js";

begin(RunPanel);
