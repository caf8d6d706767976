require "fileinto";
if anyof (exists ["List-Post", "List-Help"], header :contains "Mailing-List" "yahoogroups",
          header :is "Precedence" ["bulk", "list"]) {
    fileinto "Bulk";
    stop;
}
