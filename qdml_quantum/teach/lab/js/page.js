/** The page of a class. */

import { begin } from "./begin.js";

begin(null);
