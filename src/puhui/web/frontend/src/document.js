import { startContents } from "./contents.js";
import { startSwitches } from "./language.js";
import { plotsOfDocument, startPlots } from "./plots.js";
import { startTables } from "./tables.js";

startPlots(plotsOfDocument());
startTables();
startContents();
startSwitches();
