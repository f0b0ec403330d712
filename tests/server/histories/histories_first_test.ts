import { testHistories } from "./test_histories.ts";

testHistories(0);
