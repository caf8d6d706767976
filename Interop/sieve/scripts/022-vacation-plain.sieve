# from: jm@sender.example
require "vacation";
vacation "I am away until Monday.";
