# execute
require "editheader";
deleteheader "X-Mailer";
deleteheader :index 1 "Delivered-To";
deleteheader :contains "Received" "localhost";
keep;
