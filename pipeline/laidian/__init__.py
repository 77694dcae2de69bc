"""laidian 来电: did we solve the customer's problem the first time?"""

__version__ = "0.1.0"
