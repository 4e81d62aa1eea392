import { startContents } from "./contents.js";
import { startSwitches } from "./language.js";
import { startPlots } from "./plots.js";
import { startTables } from "./tables.js";

startPlots();
startTables();
startContents();
startSwitches();
